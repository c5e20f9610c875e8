/* smsd_file.h - the files of smsd (smstools 3, fileformat.html): headers, an empty line, a body.
 * Pure.
 *
 * Other programs write these files, so any bytes are accepted: they give a struct with valid UTF-8,
 * cut to its limits, control characters as blanks. Missing headers are empty or -1. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/core/model/effect.h"

enum {
    SMSD_FILE_MAX =
        16384,          /* bytes we read of one; a message of 10 parts with all headers has 4 kB */
    SMSD_NAME_MAX = 64, /* of our files: prefix, "-", 19 digits */
};

struct smsd_file {
    char from[PHONE_MAX]; /* E.164; as written when it is no such number (10086) */
    char to[PHONE_MAX];   /* the same */
    char sent[32];        /* as written: the time stamp of the SMS centre */
    char received[32];    /* as written: when smsd took it from the modem */
    char fail_reason[96];
    int32_t message_id; /* of the modem, 0...255; -1: none */
    bool is_report;
    int32_t status;            /* of a report: what the network said (3GPP 23.040 9.2.3.15) */
    char text[REPLY_TEXT_MAX]; /* of a report its status as text */
};

/* True: the file is complete, it has an empty line after its headers. */
MUST_CHECK bool smsd_file_parse(const uint8_t *bytes, size_t length, struct smsd_file *ret_file);

/* Writes the file that makes smsd send `message`: To without +, UCS2, with a report. Returns its
 * length, 0 when the text is no UTF-8 or does not fit. */
size_t smsd_file_format(const struct effect_message *message, uint8_t *to, size_t size);

/* The file name "PREFIX-ID": stable, so that a restart can look for it before it sends again. */
void smsd_file_name(const char *prefix, int64_t id, char to[static SMSD_NAME_MAX]);

/* The message id of such a name; false for every other name. */
bool smsd_file_id(const char *prefix, const char *name, int64_t *ret_id);

/* The key of an inbound text: sender, time stamp of the SMS centre and a hash of the text, without
 * the file name. The same SMS has the same key when it is read twice from the file or the modem. */
void smsd_file_key(const struct smsd_file *file, const char *name, char to[static MESSAGE_KEY_MAX]);

/* The meaning of a status: delivered (0), failed for good (64 and above), or not known yet
 * (false). */
bool smsd_file_outcome(const struct smsd_file *report, enum outcome *ret_outcome);
