/* link_parts.h - what the files of the link share. For link*.c only. */
#pragma once

#include "sensors/link/link.h"
#include "sensors/link/link_blocks.h"
#include "sensors/quality/plausibility.h"

enum link_state {
    LINK_STATE_DOWN,
    LINK_STATE_GAP,
    LINK_STATE_IDLE,
    LINK_STATE_WAITING,
    LINK_STATE_QUARANTINE
};

enum {
    LINK_EVERY_DEVICE = -1,
    LINK_NO_BLOCK = -1,     /* a command is in hand */
    LINK_SUSPECT_AFTER = 3, /* times running, before something odd is named */
};

/* One output that may be written to. */
struct link_output_memory {
    int32_t device, index; /* in the settings */
    struct output output;
    enum output_state told;
    bool is_read_back; /* the last command */
    enum write_outcome outcome;
    uint8_t exception;
};

/* What is written to, and by whom: only links with outputs have one. */
struct link_writes {
    int32_t command_count, outlet_count;
    struct link_command command[LINK_COMMANDS_MAX]; /* the oldest first */
    struct link_command hand;                       /* the command asked last */
    struct link_output_memory *memory;
    struct link_output_memory *outlet_in_hand; /* NULL: `hand` is a command */
    uint8_t bytes[FRAME_REQUEST_MAX];          /* of what is in hand */
};

struct link {
    const struct link_settings *settings;
    struct link_callbacks callbacks;
    struct schedule *schedule;
    struct link_block *block;
    struct quality_memory *quality;
    enum framing framing;
    enum link_state state;
    us_t until;         /* of the state */
    us_t state_started; /* of the quarantine */
    us_t sent_at, quiet_until, delay_until;
    us_t reopens_until; /* DOWN: nothing is said to be silent before */
    us_t timeout;       /* of the request */
    us_t settles_at; /* WAITING: an answer is there, and believed when nothing follows; 0: none */
    struct frame_request request; /* in hand while WAITING */
    int32_t device;               /* whom it asks */
    int32_t current;              /* its block, or LINK_NO_BLOCK */
    const uint8_t *out;           /* its bytes */
    size_t out_length;
    uint16_t transaction;
    int32_t timeouts_running;
    int64_t char_ns; /* one character on a serial line, else 0 */
    us_t silence;    /* before a request: see link_timing_silence */
    uint64_t delays;
    bool has_lost;  /* the connection broke while `device` was asked, which had been well */
    bool gives_way; /* the next command waits for one block */
    uint8_t doubts; /* so many ends of transactions until the line passes for clean */
    bool is_paced;  /* nothing more can be learned of this reply's pace */
    struct link_writes *writes; /* NULL: no outputs on this link */
    /* what is odd */
    bool has_echoed;        /* ever */
    uint8_t echoless_count; /* answers running without an echo before them */
    uint8_t late_count,
        wrong_id_count; /* timeouts with such an answer in them since the device that
                                           had the last one answered well; up to LINK_SUSPECT_AFTER */
    uint16_t odd_id;    /* the last wrong transaction id, and whom it was for */
    uint8_t odd_unit;
    struct link_counters counters;
    struct frame_stream stream;
};

/* What a transaction came to, on its way into a link_result. */
struct link_outcome {
    us_t at;
    bool is_answered;
    enum quality quality;
    enum reason reason;
    uint8_t exception;
    bool is_repeated;
    us_t rtt;
};

/* After how many answers without an echo it is believed that the adapter does not echo. */
bool link_may_echo(const struct link *link);

const struct link_device *link_device_of(const struct link *link, const struct link_block *block);

/* --- link_answer.c ------------------------------------------------------- */

/* One value without a value for each point of the block. */
void link_report_nothing(struct link *link, const struct link_block *block,
                         const struct link_outcome *outcome);
void link_report_silence(struct link *link, int32_t block, enum reason reason, us_t now);

/* The block is isolated: tells its last exception again. */
void link_report_refusal(struct link *link, int32_t block, us_t now);

/* Moves what the stream counted into the link's own counters. */
void link_count_stream(struct link *link);

/* Bytes have arrived: perhaps the answer is among them. */
void link_take_bytes(struct link *link, const uint8_t *bytes, size_t length, us_t now);

/* Is an answer held back? Takes it when its time has come, else says when that is. */
bool link_settles(struct link *link, us_t *ret_at, us_t now);

/* --- link.c -------------------------------------------------------------- */

/* WAITING -> GAP after an answer, whatever it said. */
void link_end_answered(struct link *link, us_t now);

/* Has libmodbus encode link->request. Returns the length, 0 when it refuses; then nothing may be sent. */
size_t link_encode(struct link *link, uint8_t to[static FRAME_REQUEST_MAX]);

/* The next request of this device: fills in link->request. */
void link_prepare(struct link *link, int32_t device, const struct frame_request *request);

/* IDLE -> WAITING: sends `length` bytes, which must stay where they are. */
void link_send(struct link *link, const uint8_t *bytes, size_t length, us_t timeout, us_t now);

/* What a transaction says of the device's health; its outputs hear of it. */
void link_note_answered(struct link *link, int32_t device, us_t now);
void link_note_missed(struct link *link, int32_t device, us_t now);

/* --- link_ids.c ---------------------------------------------------------- */

/* The transaction is over: what came under wrong transaction ids while it lasted? Before link_count_stream. */
void link_learn_ids(struct link *link, bool is_answered);

/* --- link_pace.c ---------------------------------------------------------
 *
 * When a serial reply is due: until then it gathers in the kernel instead of waking us for every byte.
 *
 *   the request is sent   quiet for the wire time of request and reply, and the block's turnaround: the pause between
 *                         the two, held near the shortest seen. A reply that is whole at the first look might have been
 *                         read before, so the turnaround falls. One that is not shows when it began, and the turnaround
 *                         rises, but slowly: reading late costs the bus, looking early costs a wake
 *   a part has come       quiet for the wire time of what is missing. The last character alone wakes us by itself
 *   nothing has come      the first byte wakes us, then the same
 *
 * So a steady device costs three wakes a transaction: the request, the first look, the last character. A refusal is
 * shorter than the reply it stands for and is read when that would have been due. Echoes and noise cost wakes only. */

us_t link_wire_time(const struct link *link, size_t characters); /* 0 unless serial */

/* WAITING was entered: all about the request is known. */
void link_pace_asked(struct link *link);

/* The link was opened anew: what its devices are held for has partly gone with the old connection. */
void link_shorten_holds(struct link *link, us_t now);

/* The block in hand has its reply; before link_end_answered. */
void link_pace_answered(struct link *link, us_t now);

/* WAITING goes on, but bytes have come. */
void link_pace_heard(struct link *link, us_t now);

/* Nothing is asked of the device in hand until whatever it may still say has come: soon, or as late as devices were seen. */
void link_expect(struct link *link, bool is_soon, us_t now);

/* The answer in hand may still come, also into the next connection: on a line without ids it is owed. */
void link_expect_late(struct link *link, us_t now);

/* --- link_command.c ------------------------------------------------------ */

/* The outputs of all devices, as the settings list them. */
void link_add_outlets(struct link *link, struct arena *arena);

/* IDLE -> WAITING when a command or an output is due. Else false, and when the next one is. */
bool link_ask_command(struct link *link, us_t now, us_t *ret_next_at);

/* The command in hand came to this. `words` are those of a read that is DONE, else NULL. */
void link_end_command(struct link *link, enum write_outcome outcome, uint8_t exception,
                      const uint16_t *words, us_t now);

/* The link is down: what waits will not be asked, and no output is known. */
void link_drop_commands(struct link *link, us_t now);

/* The outputs of one device, or of LINK_EVERY_DEVICE: away, or there again. */
void link_lose_outputs(struct link *link, int32_t device, us_t now);
void link_find_outputs(struct link *link, int32_t device, us_t now);

/* A good answer to this block: outputs that are read back from an address in it hear of it. */
void link_show_outputs(struct link *link, const struct link_block *block, const uint16_t *words,
                       us_t now);
