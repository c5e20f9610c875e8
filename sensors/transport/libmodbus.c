#include "sensors/transport/libmodbus.h"

#include <errno.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensors/modbus/baud.h"

enum {
    EMITTED_MAX = 32, /* requests of typed calls left in the pair before they are dropped */
    PDU_MAX = 9,      /* unit, and function 16 with one register */
    BITS_MAX = 2000,
    REGISTERS_MAX = 125,
};

/* One context of libmodbus on a socketpair. */
struct opinion {
    modbus_t *context;
    int inside;         /* libmodbus reads and writes here */
    int outside;        /* our end */
    int emitted;        /* requests of typed calls that wait at `outside` */
    int emitted_length; /* of the last of them */
    /* TCP: the id of libmodbus's next typed request. 3.1.6 counts its calls, and the reply must
     * match. */
    uint16_t next_transaction;
};

struct libmodbus {
    struct opinion opinion[2]; /* by framing */
};

static void close_opinion(struct opinion *opinion)
{
    if (opinion->context != NULL) {
        modbus_free(opinion->context);
    }
    if (opinion->inside >= 0) {
        (void) close(opinion->inside);
    }
    if (opinion->outside >= 0) {
        (void) close(opinion->outside);
    }
}

/* libmodbus never waits: the reply is queued before the call. */
static bool configure_context(modbus_t *context, int fd)
{
    if (modbus_set_socket(context, fd) != 0 ||
        modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE) != 0) {
        return false;
    }
    return modbus_set_response_timeout(context, 0, 1) == 0 &&
           modbus_set_byte_timeout(context, 0, 0) == 0;
}

static bool open_opinion(struct opinion *opinion, enum framing framing, struct error *error)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return error_set_errno(error, errno, "cannot make the socketpair of libmodbus");
    }
    opinion->inside = pair[0];
    opinion->outside = pair[1];
    if (opinion->inside >= FD_SETSIZE) {
        return error_set(error,
                         "got file descriptor %d, but libmodbus needs one below %d: "
                         "open it before the links",
                         opinion->inside, FD_SETSIZE);
    }
    opinion->context = framing == FRAMING_RTU
                           ? modbus_new_rtu("/dev/null", 9600, 'N', 8, 1)
                           : modbus_new_tcp("127.0.0.1", MODBUS_TCP_DEFAULT_PORT);
    if (opinion->context == NULL || !configure_context(opinion->context, opinion->inside)) {
        return error_set(error, "libmodbus refuses its context: %s", modbus_strerror(errno));
    }
    opinion->next_transaction = 1;
    return true;
}

bool libmodbus_open(struct libmodbus **ret_libmodbus, struct error *error)
{
    struct libmodbus *libmodbus = calloc(1, sizeof *libmodbus);
    CHECK(libmodbus != NULL);
    for (int i = 0; i < 2; i++) {
        libmodbus->opinion[i].inside = libmodbus->opinion[i].outside = -1;
    }
    if (!open_opinion(&libmodbus->opinion[FRAMING_RTU], FRAMING_RTU, error) ||
        !open_opinion(&libmodbus->opinion[FRAMING_MBAP], FRAMING_MBAP, error)) {
        libmodbus_close(libmodbus);
        return false;
    }
    *ret_libmodbus = libmodbus;
    return true;
}

void libmodbus_close(struct libmodbus *libmodbus)
{
    if (libmodbus == NULL) {
        return;
    }
    close_opinion(&libmodbus->opinion[FRAMING_RTU]);
    close_opinion(&libmodbus->opinion[FRAMING_MBAP]);
    free(libmodbus);
}

static ssize_t receive_emitted(int fd, uint8_t *bytes, size_t size)
{
    ssize_t got = 0;
    do {
        got = recv(fd, bytes, size, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* Drops the requests of typed calls. The id of the last one shows libmodbus's own count. */
static void drop_emitted(struct opinion *opinion, enum framing framing)
{
    uint8_t bytes[EMITTED_MAX * FRAME_REQUEST_MAX];
    ssize_t got = receive_emitted(opinion->outside, bytes, sizeof bytes);
    if (framing == FRAMING_MBAP && got >= opinion->emitted_length && opinion->emitted_length > 0) {
        const uint8_t *last = bytes + got - opinion->emitted_length;
        opinion->next_transaction = (uint16_t) (frame_word_at(last) + 1);
    }
    opinion->emitted = 0;
}

static bool is_askable(const struct frame_request *request, enum framing framing)
{
    if ((request->unit < 1 || request->unit > 247) &&
        !(framing == FRAMING_MBAP && request->unit == MODBUS_TCP_SLAVE)) {
        return false;
    }
    if (frame_is_write(request)) {
        return frame_is_request(request);
    }
    int count_max = request->function <= MODBUS_FC_READ_DISCRETE_INPUTS ? BITS_MAX : REGISTERS_MAX;
    return request->function >= MODBUS_FC_READ_COILS &&
           request->function <= MODBUS_FC_READ_INPUT_REGISTERS && request->count >= 1 &&
           request->count <= count_max && request->address + request->count <= 0x10000;
}

/* Writes unit and PDU, as libmodbus takes them. Returns the length. */
static int put_pdu(const struct frame_request *request, uint8_t to[static PDU_MAX])
{
    bool is_single = request->function == MODBUS_FC_WRITE_SINGLE_COIL ||
                     request->function == MODBUS_FC_WRITE_SINGLE_REGISTER;
    uint16_t second = is_single ? request->value : request->count;
    const uint8_t head[] = {request->unit,
                            request->function,
                            (uint8_t) (request->address >> 8),
                            (uint8_t) request->address,
                            (uint8_t) (second >> 8),
                            (uint8_t) second};
    memcpy(to, head, sizeof head);
    int length = (int) sizeof head;
    if (request->function == MODBUS_FC_WRITE_MULTIPLE_COILS) {
        to[length++] = 1;
        to[length++] = (uint8_t) request->value;
    } else if (request->function == MODBUS_FC_WRITE_MULTIPLE_REGISTERS) {
        to[length++] = 2;
        to[length++] = (uint8_t) (request->value >> 8);
        to[length++] = (uint8_t) request->value;
    }
    return length;
}

size_t libmodbus_encode(struct libmodbus *libmodbus, enum framing framing,
                        const struct frame_request *request, uint8_t to[static MBAP_FRAME_MAX])
{
    struct opinion *opinion = &libmodbus->opinion[framing];
    if (!is_askable(request, framing)) {
        return 0;
    }
    drop_emitted(opinion, framing);
    uint8_t pdu[PDU_MAX];
    int length = put_pdu(request, pdu);
    if (modbus_set_slave(opinion->context, request->unit) != 0 ||
        modbus_send_raw_request(opinion->context, pdu, length) < 0) {
        return 0;
    }
    ssize_t got = receive_emitted(opinion->outside, to, MBAP_FRAME_MAX);
    if (got <= 0) {
        return 0;
    }
    if (framing == FRAMING_MBAP) {
        frame_put_word(to, request->transaction);
    }
    return (size_t) got;
}

/* Returns the number of coils or registers written, as libmodbus read it from the answer. */
static int call_write(modbus_t *context, const struct frame_request *request)
{
    uint8_t bit = request->value != 0 ? 1 : 0;
    switch (request->function) {
    case MODBUS_FC_WRITE_SINGLE_COIL:
        return modbus_write_bit(context, request->address, bit);
    case MODBUS_FC_WRITE_SINGLE_REGISTER:
        return modbus_write_register(context, request->address, request->value);
    case MODBUS_FC_WRITE_MULTIPLE_COILS:
        return modbus_write_bits(context, request->address, 1, &bit);
    default:
        return modbus_write_registers(context, request->address, 1, &request->value);
    }
}

static int call_typed(modbus_t *context, const struct frame_request *request, uint16_t *ret_words)
{
    uint8_t bits[BITS_MAX];
    int count = 0;
    if (frame_is_write(request)) {
        return call_write(context, request);
    }
    switch (request->function) {
    case MODBUS_FC_READ_HOLDING_REGISTERS:
        return modbus_read_registers(context, request->address, request->count, ret_words);
    case MODBUS_FC_READ_INPUT_REGISTERS:
        return modbus_read_input_registers(context, request->address, request->count, ret_words);
    case MODBUS_FC_READ_COILS:
        count = modbus_read_bits(context, request->address, request->count, bits);
        break;
    default:
        count = modbus_read_input_bits(context, request->address, request->count, bits);
        break;
    }
    for (int i = 0; i < count; i++) {
        ret_words[i] = bits[i];
    }
    return count;
}

/* What is left of a refused frame would be read as the beginning of the next one. */
static void forget_bytes(struct opinion *opinion, enum framing framing)
{
    uint8_t bytes[MBAP_FRAME_MAX];
    while (receive_emitted(opinion->inside, bytes, sizeof bytes) > 0) {
    }
    drop_emitted(opinion, framing);
}

static bool queue_reply(const struct opinion *opinion, enum framing framing, const uint8_t *frame,
                        size_t length)
{
    uint8_t bytes[MBAP_FRAME_MAX];
    memcpy(bytes, frame, length);
    if (framing == FRAMING_MBAP) {
        frame_put_word(bytes, opinion->next_transaction);
    }
    return send(opinion->outside, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t) length;
}

bool libmodbus_judge(struct libmodbus *libmodbus, enum framing framing,
                     const struct frame_request *request, const uint8_t *frame, size_t length,
                     uint16_t *ret_words)
{
    /* libmodbus reads as far as the reply's own byte count says and ignores what follows. */
    if (!is_askable(request, framing) || length != frame_reply_length(request, framing)) {
        return false;
    }
    if (request->function == MODBUS_FC_WRITE_SINGLE_COIL && request->value != 0 &&
        request->value != 0xFF00) {
        return true; /* a pulse has no typed call */
    }
    struct opinion *opinion = &libmodbus->opinion[framing];
    if (opinion->emitted >= EMITTED_MAX) {
        drop_emitted(opinion, framing);
    }
    if (modbus_set_slave(opinion->context, request->unit) != 0 ||
        !queue_reply(opinion, framing, frame, length)) {
        forget_bytes(opinion, framing);
        return false;
    }
    opinion->emitted++;
    opinion->emitted_length = (int) frame_request_length(request, framing);
    opinion->next_transaction = (uint16_t) (opinion->next_transaction + 1);
    if (call_typed(opinion->context, request, ret_words) != request->count) {
        forget_bytes(opinion, framing);
        return false;
    }
    return true;
}

/* TIOCEXCL refuses later opens except those of root; the lock shows an earlier open of our own
 * kind. */
static bool claim_tty(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        errno = EBUSY;
        return false;
    }
    return ioctl(fd, TIOCEXCL) == 0;
}

int libmodbus_open_serial(const char *path, int32_t baud, char parity, int32_t stop_bits)
{
    if (!baud_is_known(baud) || (parity != 'N' && parity != 'E' && parity != 'O') ||
        stop_bits < 1 || stop_bits > 2) {
        errno = EINVAL;
        return -1;
    }
    modbus_t *context = modbus_new_rtu(path, baud, parity, 8, stop_bits);
    if (context == NULL) {
        return -1;
    }
    bool is_connected = modbus_connect(context) == 0;
    /* libmodbus closes its own fd with the context: ours is a duplicate. */
    int fd = is_connected ? fcntl(modbus_get_socket(context), F_DUPFD_CLOEXEC, 0) : -1;
    bool is_ours = fd >= 0 && claim_tty(fd);
    int code = errno;
    if (is_connected) {
        /* Not modbus_close: it would put back the settings the port had before. */
        (void) close(modbus_get_socket(context));
    }
    modbus_free(context);
    if (fd >= 0 && !is_ours) {
        (void) close(fd);
    }
    errno = code;
    return is_ours ? fd : -1;
}
