#include "config/schema/schema.h"

#include <string.h>

#include "gateway/core/model/policy.h"
#include "gateway/io/forward/forward.h"
#include "sensors/device/link_settings.h"

#define LATER "is not yet supported by this version"
#define SECRET                                                                            \
    "a secret does not belong in the config: put it in a file that only the gateway can " \
    "read, and name the file in 'token_file'"

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR,
    NAME_BYTES = 60,      /* 20 Chinese characters */
    PERSON_BYTES = 45,    /* 15: the chain of an incident keeps no more */
    FILE_BYTES = 255,     /* fits the path fields of every settings struct */
    SIGNATURE_BYTES = 30, /* 10 Chinese characters of the 70 of an SMS */
    SENTENCE_BYTES_MAX = 1000,
    LIST_MAX = 100000,
};

/* Rows by type: the path, the limits, the help, then what else there is. */
#define ROW(path, type, least, most, ...)            \
    {                                                \
        path, type, least, most, .help = __VA_ARGS__ \
    }
#define OBJECT(path, ...) ROW(path, SCHEMA_OBJECT, 0, 0, __VA_ARGS__)
#define MAP(path, most, ...) ROW(path, SCHEMA_MAP, 0, most, __VA_ARGS__)
#define LIST(path, least, most, ...) ROW(path, SCHEMA_LIST, least, most, __VA_ARGS__)
#define ID(path, ...) ROW(path, SCHEMA_ID, 0, 0, __VA_ARGS__)
#define TEXT(path, least, most, ...) ROW(path, SCHEMA_TEXT, least, most, __VA_ARGS__)
#define CHOICE(path, list, ...) ROW(path, SCHEMA_CHOICE, 0, 0, __VA_ARGS__, .choices = (list))
#define SPAN(path, least, most, ...) ROW(path, SCHEMA_SPAN, least, most, __VA_ARGS__)
#define BOOL(path, ...) ROW(path, SCHEMA_BOOL, 0, 0, __VA_ARGS__)
#define INTEGER(path, least, most, ...) ROW(path, SCHEMA_INTEGER, least, most, __VA_ARGS__)
#define NUMBER(path, least, most, ...) ROW(path, SCHEMA_NUMBER, least, most, __VA_ARGS__)
#define REQUIRED .is_required = true

#define NAME(path, ...) TEXT(path, 1, NAME_BYTES, __VA_ARGS__)
#define SITE_KINDS "warehouse|workshop|retail|lift|water|other"
#define SEVERITIES "critical|major|minor|notice"
#define DIRECTORY(key, where, text) \
    TEXT("/sms/" key, 1, FILE_BYTES, text, .fallback = (where), .only = "smsd")
#define IDS(path, least, most, ...) LIST(path, least, most, __VA_ARGS__), ID(path "/*", "an id")
#define NO_MESSAGE "no message follows when this time is over"
#define LIMIT(severity, key, span, why, text)                                           \
    SPAN("/escalation/" severity "/" key, SECOND, 60.0 * DAY, text, .fallback = (span), \
         .no_effect = (why))
/* What happens to an incident of one severity, and when. */
#define SEVERITY(severity, called, silences, repeat, arrive, rectify, reinspect)            \
    OBJECT("/escalation/" severity, "times of " severity " incidents", .fallback = "{}"),   \
        LIST("/escalation/" severity "/tell", 1, LEVELS_MAX,                                \
             "levels that are called at once, from the lowest up", .fallback = (called)),   \
        ID("/escalation/" severity "/tell/*", "a level"),                                   \
        MAP("/escalation/" severity "/silence", LEVELS_MAX,                                 \
            "how long each level may stay silent before the next one is called",            \
            .fallback = (silences)),                                                        \
        SPAN("/escalation/" severity "/silence/*", SECOND, 60.0 * DAY, "a span"),           \
        LIMIT(severity, "repeat", repeat, NULL,                                             \
              "after this time the message goes again to a silent level"),                  \
        LIMIT(severity, "arrive", arrive, NULL, "from acknowledgement to arrival on site"), \
        LIMIT(severity, "rectify", rectify, NO_MESSAGE, "from arrival to rectification"),   \
        LIMIT(severity, "reinspect", reinspect, NO_MESSAGE, "from rectification to reinspection")

const struct schema_row schema_rows[] = {
    OBJECT("", "the configuration of one gateway"),
    TEXT("/$schema", 0, 500, "for editors"),
    LIST("/include", 0, 100,
         "more files, by pattern, relative to this directory; their lists add up"),
    TEXT("/include/*", 1, FILE_BYTES, "sites/*.json"),
    BOOL("/allow_unverified", "accept profiles whose register map was written from memory",
         .fallback = "false"),

    OBJECT("/gateway", "this machine", REQUIRED),
    ID("/gateway/id", "its id in stores and file names", REQUIRED),
    NAME("/gateway/name", "its name for people", REQUIRED),
    TEXT("/gateway/timezone", 1, 47, "local time, by its name in the tz database",
         .fallback = "Asia/Shanghai"),
    CHOICE("/gateway/language", "zh-CN|en", "language of messages and pages", .fallback = "zh-CN",
           .no_effect = "messages and pages are in Chinese"),
    TEXT("/gateway/data_dir", 1, FILE_BYTES - 55,
         "where databases and photos are; relative to the directory of the config",
         .fallback = "/var/lib/huoyan"),

    OBJECT("/web", "the dashboard and the interface", .fallback = "{}"),
    TEXT("/web/listen", 1, 63, "ADDRESS:PORT; an IPv6 address in brackets",
         .fallback = "127.0.0.1:8080"),
    OBJECT("/web/tls", "certificate and key",
           .refusal = LATER ": put a proxy such as nginx in front"),
    TEXT("/web/tls/cert", 1, FILE_BYTES, "the certificate's file", REQUIRED),
    TEXT("/web/tls/key", 1, FILE_BYTES, "the key's file", REQUIRED),

    LIST("/stores", 0, STORES_MAX, "time-series stores that get every reading"),
    OBJECT("/stores/*", "one store"),
    ID("/stores/*/id", "its id", REQUIRED),
    CHOICE("/stores/*/api", "v1|!v2|!v3", "the InfluxDB interface; VictoriaMetrics takes v1",
           .fallback = "v1"),
    TEXT("/stores/*/url", 8, FILE_BYTES, "http://HOST:PORT", REQUIRED),
    TEXT("/stores/*/database", 1, 63, "the database of a v1 store"),
    TEXT("/stores/*/org", 0, 0, "of v2", .refusal = LATER),
    TEXT("/stores/*/bucket", 0, 0, "of v2", .refusal = LATER),
    TEXT("/stores/*/user", 1, 63, "the login name of a v1 store"),
    TEXT("/stores/*/token_file", 1, FILE_BYTES, "a file with the password or token"),
    TEXT("/stores/*/password", 0, 0, NULL, .refusal = SECRET),
    TEXT("/stores/*/token", 0, 0, NULL, .refusal = SECRET),

    OBJECT("/sms", "how messages are sent; without it none is sent"),
    CHOICE("/sms/driver", "console|smsd|!http", "console prints, smsd passes messages to smstools",
           REQUIRED),
    DIRECTORY("outgoing", "/var/spool/sms/outgoing", "where smsd takes messages from"),
    DIRECTORY("checked", "/var/spool/sms/checked",
              "where smsd keeps messages before it sends them"),
    DIRECTORY("sent", "/var/spool/sms/sent", "where smsd puts sent messages"),
    DIRECTORY("failed", "/var/spool/sms/failed", "where smsd puts failed messages"),
    DIRECTORY("incoming", "/var/spool/sms/incoming", "where smsd puts replies"),
    DIRECTORY("report", "/var/spool/sms/report", "where smsd puts delivery reports"),
    TEXT("/sms/temp", 1, FILE_BYTES,
         "where messages are written before they move to outgoing, on the same file system; "
         "by default sms.temp beside outgoing",
         .only = "smsd"),
    TEXT("/sms/signature", 1, SIGNATURE_BYTES, "ends each message; by default the gateway's name"),
    TEXT("/sms/password", 0, 0, NULL, .refusal = SECRET),
    TEXT("/sms/secret", 0, 0, NULL, .refusal = SECRET),

    OBJECT("/history", "the readings kept on this machine", .fallback = "{}"),
    SPAN("/history/keep", 7.0 * DAY, 3660.0 * DAY, "older readings are deleted",
         .fallback = "400d"),
    INTEGER("/history/max_bytes", 16.0 * 1024 * 1024, 1e15,
            "limit of the file; beyond it the oldest readings are deleted",
            .fallback = "4294967296"),

    LIST("/people", 0, PEOPLE_MAX, "everybody who may receive messages"),
    OBJECT("/people/*", "a person"),
    ID("/people/*/id", "the person's id", REQUIRED),
    TEXT("/people/*/name", 1, PERSON_BYTES, "the name in messages", REQUIRED),
    TEXT("/people/*/phone", 5, 30, "the number that receives SMS, such as +8613800000001",
         REQUIRED),
    LIST("/people/*/channels", 1, 4, "the channels to try, in order", .fallback = "[\"sms\"]"),
    CHOICE("/people/*/channels/*", "sms|!voice|!wecom|!dingtalk", "a channel"),

    LIST("/levels", 1, LEVELS_MAX, "the chain of responsibility, from the lowest up",
         .fallback =
             "[{\"id\": \"grid\", \"name\": \"网格\"}, {\"id\": \"village\", \"name\": \"村\"}, "
             "{\"id\": \"town\", \"name\": \"镇\"}]"),
    OBJECT("/levels/*", "a level"),
    ID("/levels/*/id", "its id", REQUIRED),
    NAME("/levels/*/name", "its name for people", REQUIRED),

    LIST("/areas", 0, AREAS_MAX, "places and the people responsible for them"),
    OBJECT("/areas/*", "an area"),
    ID("/areas/*/id", "its id", REQUIRED),
    ID("/areas/*/level", "one of the levels", REQUIRED),
    ID("/areas/*/parent", "the area above it; none at the top"),
    NAME("/areas/*/name", "its name for people", REQUIRED),
    IDS("/areas/*/duty", 1, DUTY_MAX, "people on duty; the first is called first", REQUIRED),

    LIST("/links", 0, LINKS_MAX, "serial buses and connections"),
    OBJECT("/links/*", "a link"),
    ID("/links/*/id", "its id", REQUIRED),
    CHOICE("/links/*/type", "rtu|tcp|rtu_over_tcp|dtu",
           "Modbus RTU on a serial port, Modbus TCP, RTU through a transparent serial server, or "
           "RTU through a DTU that dials in",
           REQUIRED),
    TEXT("/links/*/device", 1, 107, "of rtu: the serial port, preferably by /dev/serial/by-id",
         .only = "rtu"),
    INTEGER("/links/*/baud", 1200, 115200, "of rtu: 1200 2400 4800 9600 19200 38400 57600 115200",
            .fallback = "9600", .only = "rtu"),
    CHOICE("/links/*/parity", "none|even|odd", "of rtu: the parity", .fallback = "none",
           .only = "rtu"),
    INTEGER("/links/*/stop_bits", 1, 2, "of rtu: the stop bits", .fallback = "1", .only = "rtu"),
    CHOICE("/links/*/rs485", "adapter|rts_high|rts_low",
           "of rtu: the adapter switches the direction itself, or the kernel does it by RTS, which "
           "is high or low while it sends",
           .fallback = "adapter", .only = "rtu"),
    SPAN("/links/*/rts_delay", 0, 100,
         "of rtu with RTS: from RTS to the first byte, and from the last byte to RTS",
         .fallback = "0ms", .only = "rtu"),
    TEXT("/links/*/host", 1, 107, "of tcp and rtu_over_tcp: name or address",
         .only = "tcp|rtu_over_tcp"),
    INTEGER("/links/*/port", 1, 65535, "of tcp; required for rtu_over_tcp", .fallback = "502",
            .only = "tcp|rtu_over_tcp"),
    SPAN("/links/*/latency", 0, MINUTE,
         "what the network adds to the timeout of a device; by default 0ms for tcp, 500ms for "
         "rtu_over_tcp, 2s for dtu (its minimum)",
         .only = "tcp|rtu_over_tcp|dtu"),
    TEXT("/links/*/registration", 1, 100, "of dtu: the text that it sends when it dials in",
         .only = "dtu"),
    CHOICE("/links/*/encoding", "ascii|hex",
           "of dtu: its registration and heartbeats are written as text or in hex (7E 80 0D)",
           .fallback = "ascii", .only = "dtu"),
    CHOICE("/links/*/mode", "once|every|both",
           "of dtu: the registration comes once on connecting, only before every packet, or "
           "both; both fits the others too, except a DTU that is silent until it is asked",
           .fallback = "both", .only = "dtu"),
    LIST("/links/*/heartbeats", 0, 16,
         "of dtu: texts that are not data, besides the heartbeats of all DTUs", .only = "dtu"),
    TEXT("/links/*/heartbeats/*", 1, 100, "a heartbeat"),
    SPAN("/links/*/idle", 10.0 * SECOND, 1.0 * DAY,
         "of dtu: after this time without a byte, and at least three polls, the connection is "
         "closed",
         .fallback = "2m", .only = "dtu"),

    OBJECT("/dtu", "the address where DTUs dial in"),
    TEXT("/dtu/listen", 1, 63, "ADDRESS:PORT; an IPv6 address in brackets",
         .fallback = "0.0.0.0:9700"),
    LIST("/dtu/heartbeats", 0, 16, "texts of all DTUs that are not data"),
    TEXT("/dtu/heartbeats/*", 1, 100, "a heartbeat"),
    CHOICE("/dtu/encoding", "ascii|hex", "of these heartbeats", .fallback = "ascii"),
    LIST("/dtu/sources", 0, 64, "addresses and networks that may dial in; by default any"),
    TEXT("/dtu/sources/*", 1, 63, "10.1.0.0/16"),
    INTEGER("/dtu/strangers", 1, 10000,
            "limit of connections that have not registered; by default 64 and two for each DTU"),
    INTEGER("/dtu/strangers_per_address", 1, 10000,
            "the same limit for one address; by default 16 and one for each DTU"),

    LIST("/profiles", 0, 100, "own device models besides the shipped ones"),
    TEXT("/profiles/*", 1, FILE_BYTES, "profiles/*.json"),

    OBJECT("/escalation", "the times of the chain", .fallback = "{}"),
    SPAN("/escalation/group_wait", 0, 10.0 * MINUTE,
         "alarms of one cause within this time become one message", .fallback = "15s"),
    SPAN("/escalation/settle", 0, 1.0 * HOUR,
         "for this time after a start no silence is judged and nothing active is cleared",
         .fallback = "60s"),
    SPAN("/escalation/receipt_wait", 0, 0, "for a delivery report", .refusal = LATER),
    SEVERITY("critical", "[\"grid\", \"village\"]",
             "{\"grid\": \"5m\", \"village\": \"5m\", \"town\": \"10m\"}", "2m", "10m", "30m",
             "24h"),
    SEVERITY("major", "[\"grid\"]", "{\"grid\": \"10m\", \"village\": \"10m\", \"town\": \"40m\"}",
             "5m", "30m", "4h", "3d"),
    SEVERITY("minor", "[\"grid\"]", "{\"grid\": \"30m\", \"village\": \"90m\", \"town\": \"24h\"}",
             "30m", "4h", "24h", "7d"),
    SEVERITY("notice", "[\"grid\"]", "{\"grid\": \"24h\", \"village\": \"48h\", \"town\": \"7d\"}",
             "24h", "7d", "7d", "15d"),

    LIST("/sites", 0, SITES_MAX, "the monitored places"),
    OBJECT("/sites/*", "a site"),
    ID("/sites/*/id", "its id", REQUIRED),
    CHOICE("/sites/*/kind", SITE_KINDS, "its kind", REQUIRED),
    NAME("/sites/*/name", "its name for people", REQUIRED),
    ID("/sites/*/area", "an area of the lowest level", REQUIRED),
    OBJECT("/sites/*/parameters", "numbers that rules may use"),
    INTEGER("/sites/*/parameters/max_people", 0, 100000,
            "approved number of people: site.max_people"),
    IDS("/sites/*/contacts", 0, DUTY_MAX, "people who get what the first level gets"),
    LIST("/sites/*/devices", 0, LIST_MAX, "its sensors"),
    OBJECT("/sites/*/devices/*", "a sensor"),
    ID("/sites/*/devices/*/id", "its id within the site", REQUIRED),
    NAME("/sites/*/devices/*/name", "its name for people; by default its id"),
    ID("/sites/*/devices/*/link", "the link that it is connected to", REQUIRED),
    INTEGER("/sites/*/devices/*/unit", 1, 255, "its Modbus unit id: 1 to 247, over TCP 255 too",
            REQUIRED),
    ID("/sites/*/devices/*/profile", "its model", REQUIRED),
    SPAN("/sites/*/devices/*/poll", 20, 1.0 * DAY,
         "how often it is read; by default as its profile says"),
    SPAN("/sites/*/devices/*/silent_after", SECOND, 7.0 * DAY,
         "after this time without a good sample it is an incident; by default 3 polls, at least "
         "60s"),
    TEXT("/sites/*/devices/*/was", 3, 65,
         "old-site/old-device: its history goes on under the new id",
         .no_effect = "the history stays under the old id"),
    MAP("/sites/*/devices/*/points", 64, "differences from the profile"),
    OBJECT("/sites/*/devices/*/points/*", "a point of the profile"),
    ID("/sites/*/devices/*/points/*/quantity", "its quantity: gap, aisle ..."),
    NAME("/sites/*/devices/*/points/*/name", "its name for people"),
    NUMBER("/sites/*/devices/*/points/*/scale", -1e6, 1e6, "value = reading * scale + offset",
           .fallback = "1"),
    NUMBER("/sites/*/devices/*/points/*/offset", -1e6, 1e6, "calibration, or a mounting height",
           .fallback = "0"),

    LIST("/sites/*/outputs", 0, 64,
         "its sirens, beacons and voice boxes; only listed outputs are ever written to"),
    OBJECT("/sites/*/outputs/*", "an output"),
    ID("/sites/*/outputs/*/id", "its id within the site", REQUIRED),
    NAME("/sites/*/outputs/*/name", "its name for people; by default its id"),
    ID("/sites/*/outputs/*/device", "a device of the site whose model has outputs", REQUIRED),
    TEXT("/sites/*/outputs/*/output", 1, 32, "the output of that model: relay0 ...", REQUIRED),
    CHOICE("/sites/*/outputs/*/severity", SEVERITIES,
           "it sounds for incidents of its site of this severity or a higher one",
           .fallback = "critical"),
    ID("/sites/*/outputs/*/level",
       "and only from this level of the chain on; by default from the start"),
    CHOICE("/sites/*/outputs/*/until", "acked|cleared",
           "until an acknowledgement, or until all is normal", .fallback = "acked"),
    SPAN("/sites/*/outputs/*/max", 0, 1.0 * DAY,
         "after this time it stops until another incident needs it; 0s: no limit",
         .fallback = "10m"),
    SPAN("/sites/*/outputs/*/pulse", 0, HOUR,
         "where the model can: kept on by pulses of this length, so that it stops without a "
         "gateway; 0s: switched",
         .fallback = "60s"),

    LIST("/rules", 0, RULES_MAX, "the conditions of incidents"),
    OBJECT("/rules/*", "a rule"),
    ID("/rules/*/id", "its id", REQUIRED),
    NAME("/rules/*/name", "the name in messages; by default its id"),
    OBJECT("/rules/*/applies_to", "the points it judges: all given conditions must match",
           REQUIRED),
    CHOICE("/rules/*/applies_to/site_kind", SITE_KINDS, "sites of this kind"),
    ID("/rules/*/applies_to/quantity", "points of this quantity"),
    IDS("/rules/*/applies_to/sites", 1, SITES_MAX, "these sites"),
    LIST("/rules/*/applies_to/points", 1, LIST_MAX, "these points"),
    TEXT("/rules/*/applies_to/points/*", 5, POINT_ID_MAX - 1, "site/device/key"),
    CHOICE("/rules/*/per", "point|!device|!site", "one incident for each", .fallback = "point"),
    TEXT("/rules/*/when", 1, SENTENCE_BYTES_MAX,
         "raises: value >= 40 and avg(temperature, 24h) > 35", REQUIRED),
    TEXT("/rules/*/clear", 1, SENTENCE_BYTES_MAX, "clears; by default when 'when' is false"),
    SPAN("/rules/*/hold", 0, 7.0 * DAY, "on-delay", .fallback = "0s"),
    SPAN("/rules/*/clear_hold", 0, 7.0 * DAY, "off-delay", .fallback = "0s"),
    CHOICE("/rules/*/severity", SEVERITIES, "its severity", REQUIRED),
    BOOL("/rules/*/latch", "stays raised, even when normal again, until a reinspection",
         .fallback = "false"),
    NUMBER("/rules/*/min_coverage", 0, 1,
           "share of a window that must have data, else the value is unknown", .fallback = "0.75"),
    OBJECT("/rules/*/schedule", "when it holds", .refusal = LATER),
    OBJECT("/rules/*/basis",
           "where its limit comes from: a note for readers of this file, shown nowhere yet"),
    TEXT("/rules/*/basis/text", 1, SENTENCE_BYTES_MAX, "the source of the limit", REQUIRED),
    CHOICE("/rules/*/basis/certainty", "law|reported|recalled|proposal",
           "law: read in the official text; reported: in another text; recalled: from memory; "
           "proposal: our own judgement",
           REQUIRED),
};
const int schema_rows_count = sizeof schema_rows / sizeof schema_rows[0];

static const struct schema_row *end_of_rows(void)
{
    return schema_rows + schema_rows_count;
}

const struct schema_row *schema_get(const char *path)
{
    const struct schema_row *row = schema_rows;
    while (strcmp(row->path, path) != 0) {
        row++;
        CHECK(row < end_of_rows());
    }
    return row;
}

const char *schema_key(const struct schema_row *row)
{
    const char *slash = strrchr(row->path, '/');
    return slash == NULL ? "" : slash + 1;
}

const struct schema_row *schema_next(const struct schema_row *parent, const struct schema_row *last)
{
    size_t length = strlen(parent->path);
    for (const struct schema_row *row = (last == NULL ? parent : last) + 1;
         row < end_of_rows() && strncmp(row->path, parent->path, length) == 0 &&
         row->path[length] == '/';
         row++) {
        if (strchr(row->path + length + 1, '/') == NULL) {
            return row;
        }
    }
    return NULL;
}

const struct schema_row *schema_find(const struct schema_row *parent, const char *key)
{
    const char *wanted = parent->type == SCHEMA_OBJECT ? key : "*";
    for (const struct schema_row *row = schema_next(parent, NULL); row != NULL;
         row = schema_next(parent, row)) {
        if (strcmp(schema_key(row), wanted) == 0) {
            return row;
        }
    }
    return NULL;
}

bool schema_next_choice(struct schema_choice *choice)
{
    if (choice->rest == NULL) {
        return false;
    }
    choice->is_later = choice->rest[0] == '!';
    const char *from = choice->rest + choice->is_later;
    size_t length = strcspn(from, "|");
    CHECK(length < sizeof choice->text);
    text_copy(choice->text, length + 1, from);
    choice->rest = from[length] == '|' ? from + length + 1 : NULL;
    return true;
}

bool schema_belongs(const struct schema_row *row, const struct json *object)
{
    const char *type = json_string(object, "type", json_string(object, "driver", ""));
    struct schema_choice choice = {.rest = row->only};
    while (schema_next_choice(&choice)) {
        if (strcmp(choice.text, type) == 0) {
            return true;
        }
    }
    return row->only == NULL;
}
