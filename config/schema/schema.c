#include "config/schema/schema.h"

#include <string.h>

#include "gateway/core/model/policy.h"
#include "gateway/io/forward/forward.h"

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

#define NAME(key_path, needed, text)                                                 \
    {                                                                                \
        key_path, SCHEMA_TEXT, .is_required = (needed), .min = 1, .max = NAME_BYTES, \
                               .help = (text)                                        \
    }
#define DIRECTORY(key, where, text)                                            \
    {                                                                          \
        "/sms/" key, SCHEMA_TEXT, .only = "smsd", .min = 1, .max = FILE_BYTES, \
                                  .fallback = (where), .help = (text)          \
    }
#define IDS(key_path, needed, least, most, text)                \
    {                                                           \
        key_path,       SCHEMA_LIST,   .is_required = (needed), \
        .min = (least), .max = (most), .help = (text)},         \
    {                                                           \
        key_path "/*", SCHEMA_ID, .help = "an id"               \
    }
#define NO_MESSAGE "no message follows when this time is over"
#define LIMIT(severity, key, span, why, text)                                                 \
    {                                                                                         \
        "/escalation/" severity "/" key, SCHEMA_SPAN, .min = SECOND, .max = 60.0 * DAY,       \
                                                      .fallback = (span), .no_effect = (why), \
                                                      .help = (text)                          \
    }
/* What happens to an incident of one severity, and when. */
#define SEVERITY(severity, called, silences, repeat, arrive, rectify, reinspect)              \
    {"/escalation/" severity, SCHEMA_OBJECT, .fallback = "{}",                                \
     .help = "times of " severity " incidents"},                                              \
        {"/escalation/" severity "/tell",                                                     \
         SCHEMA_LIST,                                                                         \
         .min = 1,                                                                            \
         .max = LEVELS_MAX,                                                                   \
         .fallback = (called),                                                                \
         .help = "levels that are called at once, from the lowest up"},                       \
        {"/escalation/" severity "/tell/*", SCHEMA_ID, .help = "a level"},                    \
        {"/escalation/" severity "/silence", SCHEMA_MAP, .max = LEVELS_MAX,                   \
         .fallback = (silences),                                                              \
         .help = "how long each level may stay silent before the next one is called"},        \
        {"/escalation/" severity "/silence/*", SCHEMA_SPAN, .min = SECOND, .max = 60.0 * DAY, \
         .help = "a span"},                                                                   \
        LIMIT(severity, "repeat", repeat, NULL,                                               \
              "after this time the message goes again to a silent level"),                    \
        LIMIT(severity, "arrive", arrive, NULL, "from acknowledgement to arrival on site"),   \
        LIMIT(severity, "rectify", rectify, NO_MESSAGE, "from arrival to rectification"),     \
        LIMIT(severity, "reinspect", reinspect, NO_MESSAGE, "from rectification to reinspection")

const struct schema_row schema_rows[] = {
    {"", SCHEMA_OBJECT, .help = "the configuration of one gateway"},
    {"/$schema", SCHEMA_TEXT, .max = 500, .help = "for editors"},
    {"/include", SCHEMA_LIST, .max = 100,
     .help = "more files, by pattern, relative to this directory; their lists add up"},
    {"/include/*", SCHEMA_TEXT, .min = 1, .max = FILE_BYTES, .help = "sites/*.json"},
    {"/allow_unverified", SCHEMA_BOOL, .fallback = "false",
     .help = "accept profiles whose register map was written from memory"},

    {"/gateway", SCHEMA_OBJECT, .is_required = true, .help = "this machine"},
    {"/gateway/id", SCHEMA_ID, .is_required = true, .help = "its id in stores and file names"},
    NAME("/gateway/name", true, "its name for people"),
    {"/gateway/timezone", SCHEMA_TEXT, .min = 1, .max = 47, .fallback = "Asia/Shanghai",
     .help = "local time, by its name in the tz database"},
    {"/gateway/language", SCHEMA_CHOICE, .fallback = "zh-CN", .choices = "zh-CN|en",
     .no_effect = "messages and pages are in Chinese", .help = "language of messages and pages"},
    {"/gateway/data_dir", SCHEMA_TEXT, .min = 1, .max = FILE_BYTES - 55,
     .fallback = "/var/lib/huoyan",
     .help = "where databases and photos are; relative to the directory of the config"},

    {"/web", SCHEMA_OBJECT, .fallback = "{}", .help = "the dashboard and the interface"},
    {"/web/listen", SCHEMA_TEXT, .min = 1, .max = 63, .fallback = "127.0.0.1:8080",
     .help = "ADDRESS:PORT; an IPv6 address in brackets"},
    {"/web/tls", SCHEMA_OBJECT, .refusal = LATER ": put a proxy such as nginx in front",
     .help = "certificate and key"},
    {"/web/tls/cert", SCHEMA_TEXT, .is_required = true, .min = 1, .max = FILE_BYTES,
     .help = "the certificate's file"},
    {"/web/tls/key", SCHEMA_TEXT, .is_required = true, .min = 1, .max = FILE_BYTES,
     .help = "the key's file"},

    {"/stores", SCHEMA_LIST, .max = STORES_MAX,
     .help = "time-series stores that get every reading"},
    {"/stores/*", SCHEMA_OBJECT, .help = "one store"},
    {"/stores/*/id", SCHEMA_ID, .is_required = true, .help = "its id"},
    {"/stores/*/api", SCHEMA_CHOICE, .fallback = "v1", .choices = "v1|!v2|!v3",
     .help = "the InfluxDB interface; VictoriaMetrics takes v1"},
    {"/stores/*/url", SCHEMA_TEXT, .is_required = true, .min = 8, .max = FILE_BYTES,
     .help = "http://HOST:PORT"},
    {"/stores/*/database", SCHEMA_TEXT, .min = 1, .max = 63, .help = "the database of a v1 store"},
    {"/stores/*/org", SCHEMA_TEXT, .refusal = LATER, .help = "of v2"},
    {"/stores/*/bucket", SCHEMA_TEXT, .refusal = LATER, .help = "of v2"},
    {"/stores/*/user", SCHEMA_TEXT, .min = 1, .max = 63, .help = "the login name of a v1 store"},
    {"/stores/*/token_file", SCHEMA_TEXT, .min = 1, .max = FILE_BYTES,
     .help = "a file with the password or token"},
    {"/stores/*/password", SCHEMA_TEXT, .refusal = SECRET},
    {"/stores/*/token", SCHEMA_TEXT, .refusal = SECRET},

    {"/sms", SCHEMA_OBJECT, .help = "how messages are sent; without it none is sent"},
    {"/sms/driver", SCHEMA_CHOICE, .is_required = true, .choices = "console|smsd|!http",
     .help = "console prints, smsd passes messages to smstools"},
    DIRECTORY("outgoing", "/var/spool/sms/outgoing", "where smsd takes messages from"),
    DIRECTORY("checked", "/var/spool/sms/checked",
              "where smsd keeps messages before it sends them"),
    DIRECTORY("sent", "/var/spool/sms/sent", "where smsd puts sent messages"),
    DIRECTORY("failed", "/var/spool/sms/failed", "where smsd puts failed messages"),
    DIRECTORY("incoming", "/var/spool/sms/incoming", "where smsd puts replies"),
    DIRECTORY("report", "/var/spool/sms/report", "where smsd puts delivery reports"),
    {"/sms/temp", SCHEMA_TEXT, .only = "smsd", .min = 1, .max = FILE_BYTES,
     .help = "where messages are written before they move to outgoing, on the same file system; "
             "by default sms.temp beside outgoing"},
    {"/sms/signature", SCHEMA_TEXT, .min = 1, .max = SIGNATURE_BYTES,
     .help = "ends each message; by default the gateway's name"},
    {"/sms/password", SCHEMA_TEXT, .refusal = SECRET},
    {"/sms/secret", SCHEMA_TEXT, .refusal = SECRET},

    {"/history", SCHEMA_OBJECT, .fallback = "{}", .help = "the readings kept on this machine"},
    {"/history/keep", SCHEMA_SPAN, .min = 7.0 * DAY, .max = 3660.0 * DAY, .fallback = "400d",
     .help = "older readings are deleted"},
    {"/history/max_bytes", SCHEMA_INTEGER, .min = 16.0 * 1024 * 1024, .max = 1e15,
     .fallback = "4294967296",
     .help = "limit of the file; beyond it the oldest readings are deleted"},

    {"/people", SCHEMA_LIST, .max = PEOPLE_MAX, .help = "everybody who may receive messages"},
    {"/people/*", SCHEMA_OBJECT, .help = "a person"},
    {"/people/*/id", SCHEMA_ID, .is_required = true, .help = "the person's id"},
    {"/people/*/name", SCHEMA_TEXT, .is_required = true, .min = 1, .max = PERSON_BYTES,
     .help = "the name in messages"},
    {"/people/*/phone", SCHEMA_TEXT, .is_required = true, .min = 5, .max = 30,
     .help = "the number that receives SMS, such as +8613800000001"},
    {"/people/*/channels", SCHEMA_LIST, .min = 1, .max = 4, .fallback = "[\"sms\"]",
     .help = "the channels to try, in order"},
    {"/people/*/channels/*", SCHEMA_CHOICE, .choices = "sms|!voice|!wecom|!dingtalk",
     .help = "a channel"},

    {"/levels", SCHEMA_LIST, .min = 1, .max = LEVELS_MAX,
     .fallback =
         "[{\"id\": \"grid\", \"name\": \"网格\"}, {\"id\": \"village\", \"name\": \"村\"}, "
         "{\"id\": \"town\", \"name\": \"镇\"}]",
     .help = "the chain of responsibility, from the lowest up"},
    {"/levels/*", SCHEMA_OBJECT, .help = "a level"},
    {"/levels/*/id", SCHEMA_ID, .is_required = true, .help = "its id"},
    NAME("/levels/*/name", true, "its name for people"),

    {"/areas", SCHEMA_LIST, .max = AREAS_MAX, .help = "places and the people responsible for them"},
    {"/areas/*", SCHEMA_OBJECT, .help = "an area"},
    {"/areas/*/id", SCHEMA_ID, .is_required = true, .help = "its id"},
    {"/areas/*/level", SCHEMA_ID, .is_required = true, .help = "one of the levels"},
    {"/areas/*/parent", SCHEMA_ID, .help = "the area above it; none at the top"},
    NAME("/areas/*/name", true, "its name for people"),
    IDS("/areas/*/duty", true, 1, DUTY_MAX, "people on duty; the first is called first"),

    {"/links", SCHEMA_LIST, .max = LINKS_MAX, .help = "serial buses and connections"},
    {"/links/*", SCHEMA_OBJECT, .help = "a link"},
    {"/links/*/id", SCHEMA_ID, .is_required = true, .help = "its id"},
    {"/links/*/type", SCHEMA_CHOICE, .is_required = true, .choices = "rtu|tcp|rtu_over_tcp|dtu",
     .help = "Modbus RTU on a serial port, Modbus TCP, RTU through a transparent serial server, or "
             "RTU through a DTU that dials in"},
    {"/links/*/device", SCHEMA_TEXT, .only = "rtu", .min = 1, .max = 107,
     .help = "of rtu: the serial port, preferably by /dev/serial/by-id"},
    {"/links/*/baud", SCHEMA_INTEGER, .only = "rtu", .min = 1200, .max = 115200, .fallback = "9600",
     .help = "of rtu: 1200 2400 4800 9600 19200 38400 57600 115200"},
    {"/links/*/parity", SCHEMA_CHOICE, .only = "rtu", .fallback = "none",
     .choices = "none|even|odd", .help = "of rtu: the parity"},
    {"/links/*/stop_bits", SCHEMA_INTEGER, .only = "rtu", .min = 1, .max = 2, .fallback = "1",
     .help = "of rtu: the stop bits"},
    {"/links/*/rs485", SCHEMA_CHOICE, .only = "rtu", .fallback = "adapter",
     .choices = "adapter|rts_high|rts_low",
     .help =
         "of rtu: the adapter switches the direction itself, or the kernel does it by RTS, which "
         "is high or low while it sends"},
    {"/links/*/rts_delay", SCHEMA_SPAN, .only = "rtu", .min = 0, .max = 100, .fallback = "0ms",
     .help = "of rtu with RTS: from RTS to the first byte, and from the last byte to RTS"},
    {"/links/*/host", SCHEMA_TEXT, .only = "tcp|rtu_over_tcp", .min = 1, .max = 107,
     .help = "of tcp and rtu_over_tcp: name or address"},
    {"/links/*/port", SCHEMA_INTEGER, .only = "tcp|rtu_over_tcp", .min = 1, .max = 65535,
     .fallback = "502", .help = "of tcp; required for rtu_over_tcp"},
    {"/links/*/latency", SCHEMA_SPAN, .only = "tcp|rtu_over_tcp|dtu", .min = 0, .max = MINUTE,
     .help = "what the network adds to the timeout of a device; by default 0ms for tcp, 500ms for "
             "rtu_over_tcp, 2s for dtu (its minimum)"},
    {"/links/*/registration", SCHEMA_TEXT, .only = "dtu", .min = 1, .max = 100,
     .help = "of dtu: the text that it sends when it dials in"},
    {"/links/*/encoding", SCHEMA_CHOICE, .only = "dtu", .fallback = "ascii", .choices = "ascii|hex",
     .help = "of dtu: its registration and heartbeats are written as text or in hex (7E 80 0D)"},
    {"/links/*/mode", SCHEMA_CHOICE, .only = "dtu", .fallback = "both",
     .choices = "once|every|both",
     .help = "of dtu: the registration comes once on connecting, only before every packet, or "
             "both; both fits the others too, except a DTU that is silent until it is asked"},
    {"/links/*/heartbeats", SCHEMA_LIST, .only = "dtu", .max = 16,
     .help = "of dtu: texts that are not data, besides the heartbeats of all DTUs"},
    {"/links/*/heartbeats/*", SCHEMA_TEXT, .min = 1, .max = 100, .help = "a heartbeat"},
    {"/links/*/idle", SCHEMA_SPAN, .only = "dtu", .min = 10.0 * SECOND, .max = 1.0 * DAY,
     .fallback = "2m",
     .help = "of dtu: after this time without a byte, and at least three polls, the connection is "
             "closed"},

    {"/dtu", SCHEMA_OBJECT, .help = "the address where DTUs dial in"},
    {"/dtu/listen", SCHEMA_TEXT, .min = 1, .max = 63, .fallback = "0.0.0.0:9700",
     .help = "ADDRESS:PORT; an IPv6 address in brackets"},
    {"/dtu/heartbeats", SCHEMA_LIST, .max = 16, .help = "texts of all DTUs that are not data"},
    {"/dtu/heartbeats/*", SCHEMA_TEXT, .min = 1, .max = 100, .help = "a heartbeat"},
    {"/dtu/encoding", SCHEMA_CHOICE, .fallback = "ascii", .choices = "ascii|hex",
     .help = "of these heartbeats"},
    {"/dtu/sources", SCHEMA_LIST, .max = 64,
     .help = "addresses and networks that may dial in; by default any"},
    {"/dtu/sources/*", SCHEMA_TEXT, .min = 1, .max = 63, .help = "10.1.0.0/16"},
    {"/dtu/strangers", SCHEMA_INTEGER, .min = 1, .max = 10000,
     .help = "limit of connections that have not registered; by default 64 and two for each DTU"},
    {"/dtu/strangers_per_address", SCHEMA_INTEGER, .min = 1, .max = 10000,
     .help = "the same limit for one address; by default 16 and one for each DTU"},

    {"/profiles", SCHEMA_LIST, .max = 100, .help = "own device models besides the shipped ones"},
    {"/profiles/*", SCHEMA_TEXT, .min = 1, .max = FILE_BYTES, .help = "profiles/*.json"},

    {"/escalation", SCHEMA_OBJECT, .fallback = "{}", .help = "the times of the chain"},
    {"/escalation/group_wait", SCHEMA_SPAN, .min = 0, .max = 10.0 * MINUTE, .fallback = "15s",
     .help = "alarms of one cause within this time become one message"},
    {"/escalation/settle", SCHEMA_SPAN, .min = 0, .max = 1.0 * HOUR, .fallback = "60s",
     .help = "for this time after a start no silence is judged and nothing active is cleared"},
    {"/escalation/receipt_wait", SCHEMA_SPAN, .refusal = LATER, .help = "for a delivery report"},
    SEVERITY("critical", "[\"grid\", \"village\"]",
             "{\"grid\": \"5m\", \"village\": \"5m\", \"town\": \"10m\"}", "2m", "10m", "30m",
             "24h"),
    SEVERITY("major", "[\"grid\"]", "{\"grid\": \"10m\", \"village\": \"10m\", \"town\": \"40m\"}",
             "5m", "30m", "4h", "3d"),
    SEVERITY("minor", "[\"grid\"]", "{\"grid\": \"30m\", \"village\": \"90m\", \"town\": \"24h\"}",
             "30m", "4h", "24h", "7d"),
    SEVERITY("notice", "[\"grid\"]", "{\"grid\": \"24h\", \"village\": \"48h\", \"town\": \"7d\"}",
             "24h", "7d", "7d", "15d"),

    {"/sites", SCHEMA_LIST, .max = SITES_MAX, .help = "the monitored places"},
    {"/sites/*", SCHEMA_OBJECT, .help = "a site"},
    {"/sites/*/id", SCHEMA_ID, .is_required = true, .help = "its id"},
    {"/sites/*/kind", SCHEMA_CHOICE, .is_required = true,
     .choices = "warehouse|workshop|retail|lift|water|other", .help = "its kind"},
    NAME("/sites/*/name", true, "its name for people"),
    {"/sites/*/area", SCHEMA_ID, .is_required = true, .help = "an area of the lowest level"},
    {"/sites/*/parameters", SCHEMA_OBJECT, .help = "numbers that rules may use"},
    {"/sites/*/parameters/max_people", SCHEMA_INTEGER, .min = 0, .max = 100000,
     .help = "approved number of people: site.max_people"},
    IDS("/sites/*/contacts", false, 0, DUTY_MAX, "people who get what the first level gets"),
    {"/sites/*/devices", SCHEMA_LIST, .max = LIST_MAX, .help = "its sensors"},
    {"/sites/*/devices/*", SCHEMA_OBJECT, .help = "a sensor"},
    {"/sites/*/devices/*/id", SCHEMA_ID, .is_required = true, .help = "its id within the site"},
    NAME("/sites/*/devices/*/name", false, "its name for people; by default its id"),
    {"/sites/*/devices/*/link", SCHEMA_ID, .is_required = true,
     .help = "the link that it is connected to"},
    {"/sites/*/devices/*/unit", SCHEMA_INTEGER, .is_required = true, .min = 1, .max = 255,
     .help = "its Modbus unit id: 1 to 247, over TCP 255 too"},
    {"/sites/*/devices/*/profile", SCHEMA_ID, .is_required = true, .help = "its model"},
    {"/sites/*/devices/*/poll", SCHEMA_SPAN, .min = 20, .max = 1.0 * DAY,
     .help = "how often it is read; by default as its profile says"},
    {"/sites/*/devices/*/silent_after", SCHEMA_SPAN, .min = SECOND, .max = 7.0 * DAY,
     .help =
         "after this time without a good sample it is an incident; by default 3 polls, at least "
         "60s"},
    {"/sites/*/devices/*/was", SCHEMA_TEXT, .min = 3, .max = 65,
     .no_effect = "the history stays under the old id",
     .help = "old-site/old-device: its history goes on under the new id"},
    {"/sites/*/devices/*/points", SCHEMA_MAP, .max = 64, .help = "differences from the profile"},
    {"/sites/*/devices/*/points/*", SCHEMA_OBJECT, .help = "a point of the profile"},
    {"/sites/*/devices/*/points/*/quantity", SCHEMA_ID, .help = "its quantity: gap, aisle ..."},
    NAME("/sites/*/devices/*/points/*/name", false, "its name for people"),
    {"/sites/*/devices/*/points/*/scale", SCHEMA_NUMBER, .min = -1e6, .max = 1e6, .fallback = "1",
     .help = "value = reading * scale + offset"},
    {"/sites/*/devices/*/points/*/offset", SCHEMA_NUMBER, .min = -1e6, .max = 1e6, .fallback = "0",
     .help = "calibration, or a mounting height"},

    {"/sites/*/outputs", SCHEMA_LIST, .max = 64,
     .help = "its sirens, beacons and voice boxes; only listed outputs are ever written to"},
    {"/sites/*/outputs/*", SCHEMA_OBJECT, .help = "an output"},
    {"/sites/*/outputs/*/id", SCHEMA_ID, .is_required = true, .help = "its id within the site"},
    NAME("/sites/*/outputs/*/name", false, "its name for people; by default its id"),
    {"/sites/*/outputs/*/device", SCHEMA_ID, .is_required = true,
     .help = "a device of the site whose model has outputs"},
    {"/sites/*/outputs/*/output", SCHEMA_TEXT, .is_required = true, .min = 1, .max = 32,
     .help = "the output of that model: relay0 ..."},
    {"/sites/*/outputs/*/severity", SCHEMA_CHOICE, .fallback = "critical",
     .choices = "critical|major|minor|notice",
     .help = "it sounds for incidents of its site of this severity or a higher one"},
    {"/sites/*/outputs/*/level", SCHEMA_ID,
     .help = "and only from this level of the chain on; by default from the start"},
    {"/sites/*/outputs/*/until", SCHEMA_CHOICE, .fallback = "acked", .choices = "acked|cleared",
     .help = "until an acknowledgement, or until all is normal"},
    {"/sites/*/outputs/*/max", SCHEMA_SPAN, .fallback = "10m", .min = 0, .max = 1.0 * DAY,
     .help = "after this time it stops until another incident needs it; 0s: no limit"},
    {"/sites/*/outputs/*/pulse", SCHEMA_SPAN, .fallback = "60s", .min = 0, .max = HOUR,
     .help = "where the model can: kept on by pulses of this length, so that it stops without a "
             "gateway; 0s: switched"},

    {"/rules", SCHEMA_LIST, .max = RULES_MAX, .help = "the conditions of incidents"},
    {"/rules/*", SCHEMA_OBJECT, .help = "a rule"},
    {"/rules/*/id", SCHEMA_ID, .is_required = true, .help = "its id"},
    NAME("/rules/*/name", false, "the name in messages; by default its id"),
    {"/rules/*/applies_to", SCHEMA_OBJECT, .is_required = true,
     .help = "the points it judges: all given conditions must match"},
    {"/rules/*/applies_to/site_kind", SCHEMA_CHOICE,
     .choices = "warehouse|workshop|retail|lift|water|other", .help = "sites of this kind"},
    {"/rules/*/applies_to/quantity", SCHEMA_ID, .help = "points of this quantity"},
    IDS("/rules/*/applies_to/sites", false, 1, SITES_MAX, "these sites"),
    {"/rules/*/applies_to/points", SCHEMA_LIST, .min = 1, .max = LIST_MAX, .help = "these points"},
    {"/rules/*/applies_to/points/*", SCHEMA_TEXT, .min = 5, .max = POINT_ID_MAX - 1,
     .help = "site/device/key"},
    {"/rules/*/per", SCHEMA_CHOICE, .fallback = "point", .choices = "point|!device|!site",
     .help = "one incident for each"},
    {"/rules/*/when", SCHEMA_TEXT, .is_required = true, .min = 1, .max = SENTENCE_BYTES_MAX,
     .help = "raises: value >= 40 and avg(temperature, 24h) > 35"},
    {"/rules/*/clear", SCHEMA_TEXT, .min = 1, .max = SENTENCE_BYTES_MAX,
     .help = "clears; by default when 'when' is false"},
    {"/rules/*/hold", SCHEMA_SPAN, .min = 0, .max = 7.0 * DAY, .fallback = "0s",
     .help = "on-delay"},
    {"/rules/*/clear_hold", SCHEMA_SPAN, .min = 0, .max = 7.0 * DAY, .fallback = "0s",
     .help = "off-delay"},
    {"/rules/*/severity", SCHEMA_CHOICE, .is_required = true,
     .choices = "critical|major|minor|notice", .help = "its severity"},
    {"/rules/*/latch", SCHEMA_BOOL, .fallback = "false",
     .help = "stays raised, even when normal again, until a reinspection"},
    {"/rules/*/min_coverage", SCHEMA_NUMBER, .min = 0, .max = 1, .fallback = "0.75",
     .help = "share of a window that must have data, else the value is unknown"},
    {"/rules/*/schedule", SCHEMA_OBJECT, .refusal = LATER, .help = "when it holds"},
    {"/rules/*/basis", SCHEMA_OBJECT,
     .help = "where its limit comes from: a note for readers of this file, shown nowhere yet"},
    {"/rules/*/basis/text", SCHEMA_TEXT, .is_required = true, .min = 1, .max = SENTENCE_BYTES_MAX,
     .help = "the source of the limit"},
    {"/rules/*/basis/certainty", SCHEMA_CHOICE, .is_required = true,
     .choices = "law|reported|recalled|proposal",
     .help = "law: read in the official text; reported: in another text; recalled: from memory; "
             "proposal: our own judgement"},
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

bool schema_belongs(const struct schema_row *row, const struct json *object)
{
    const char *type = json_string(object, "type", json_string(object, "driver", ""));
    size_t length = strlen(type);
    for (const char *at = row->only; at != NULL; at = strchr(at, '|')) {
        at += *at == '|' ? 1 : 0;
        if (strncmp(at, type, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            return true;
        }
    }
    return row->only == NULL;
}
