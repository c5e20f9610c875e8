#include "gateway/io/system/tzif.h"

#include <string.h>

#include "tests/unit/expect.h"

/* A time zone file as we write it: a version 1 block without anything, then changes, types and the
 * footer. */
struct file {
    uint8_t bytes[2048];
    size_t length;
};

static void put(struct file *file, int64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        file->bytes[file->length++] = (uint8_t) ((uint64_t) value >> (8 * i) & 0xFFU);
    }
}

static void put_text(struct file *file, const char *text)
{
    memcpy(file->bytes + file->length, text, strlen(text));
    file->length += strlen(text);
}

static void put_header(struct file *file, int64_t changes, int64_t types, int64_t leaps)
{
    put_text(file, "TZif2");
    for (int i = 0; i < 15; i++) {
        put(file, 0, 1);
    }
    const int64_t counts[6] = {0, 0, leaps, changes, types, 4};
    for (int i = 0; i < 6; i++) {
        put(file, counts[i], 4);
    }
}

struct change {
    int64_t at_s;
    int type;
};

/* `offset` of each type in seconds. */
static struct file make(const struct change *change, int changes, const int32_t *offset, int types,
                        const char *footer)
{
    static struct file file;
    file.length = 0;
    put_header(&file, 0, 0, 0);
    put_text(&file, "UTC?");
    put_header(&file, changes, types, 0);
    for (int i = 0; i < changes; i++) {
        put(&file, change[i].at_s, 8);
    }
    for (int i = 0; i < changes; i++) {
        put(&file, change[i].type, 1);
    }
    for (int i = 0; i < types; i++) {
        put(&file, offset[i], 4);
        put(&file, 0, 2);
    }
    put_text(&file, "UTC?");
    put_text(&file, footer);
    return file;
}

static struct zone parsed(const struct file *file)
{
    struct zone zone;
    struct error error = {.text = ""};
    if (!tzif_parse(file->bytes, file->length, &zone, &error)) {
        print_error("%s\n", error.text);
        fail();
    }
    return zone;
}

static void expect_iso(const struct zone *zone, int64_t at_s, const char *expected)
{
    char text[ZONE_ISO_MAX];
    zone_format_iso(zone, at_s * MS_PER_SECOND, text);
    assert_string_equal(text, expected);
}

static void a_fixed_offset_is_one_entry(void **state)
{
    (void) state;
    /* Shanghai: local mean time until 1901, summer time until 1991, and fixed since. */
    static const struct change changes[] = {{-2177481943, 1}, {684867600, 1}};
    static const int32_t offsets[] = {29143, 28800};
    struct file file = make(changes, 2, offsets, 2, "\nCST-8\n");
    struct zone zone = parsed(&file);
    assert_int_equal(zone.count, 1);
    assert_string_equal(zone.name, "");
    expect_iso(&zone, 1784355640, "2026-07-18T14:20:40.000+08:00");
}

static void the_footer_reaches_to_the_last_year(void **state)
{
    (void) state;
    static const int32_t offsets[] = {3600};
    struct file file = make(NULL, 0, offsets, 1, "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    struct zone zone = parsed(&file);
    assert_int_equal(zone.count, 1 + 2 * (TZIF_LAST_YEAR - TZIF_FIRST_YEAR + 1));
    expect_iso(&zone, 1774745999, "2026-03-29T01:59:59.000+01:00");
    expect_iso(&zone, 1774746000, "2026-03-29T03:00:00.000+02:00");
    expect_iso(&zone, 1792890000, "2026-10-25T02:00:00.000+01:00");
    expect_iso(&zone, 2850764400, "2060-05-03T01:00:00.000+02:00");
}

static void southern_summers_span_the_new_year(void **state)
{
    (void) state;
    static const int32_t offsets[] = {36000};
    struct file file = make(NULL, 0, offsets, 1, "\nAEST-10AEDT,M10.1.0,M4.1.0/3\n");
    struct zone zone = parsed(&file);
    expect_iso(&zone, 946684800, "2000-01-01T11:00:00.000+11:00");
    expect_iso(&zone, 1775318399, "2026-04-05T02:59:59.000+11:00");
    expect_iso(&zone, 1775318400, "2026-04-05T02:00:00.000+10:00");
    expect_iso(&zone, 1791043200, "2026-10-04T03:00:00.000+11:00");
}

static void listed_changes_win_over_the_footer(void **state)
{
    (void) state;
    /* The clocks stayed where they were in the spring of 2026. */
    static const struct change changes[] = {{1761440400, 0}, {1777000000, 0}};
    static const int32_t offsets[] = {3600};
    struct file file = make(changes, 2, offsets, 1, "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    struct zone zone = parsed(&file);
    expect_iso(&zone, 1774746000, "2026-03-29T02:00:00.000+01:00");
    expect_iso(&zone, 1806195600, "2027-03-28T03:00:00.000+02:00");
}

static void odd_names_and_times_are_understood(void **state)
{
    (void) state;
    static const int32_t offsets[] = {45900};
    struct file file =
        make(NULL, 0, offsets, 1, "\n<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45\n");
    struct zone zone = parsed(&file);
    expect_iso(&zone, 1784355640, "2026-07-18T19:05:40.000+12:45");
    /* Hours below zero: the day before. */
    static const int32_t west[] = {-7200};
    file = make(NULL, 0, west, 1, "\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n");
    zone = parsed(&file);
    expect_iso(&zone, 1774745999, "2026-03-28T22:59:59.000-02:00");
    expect_iso(&zone, 1774746000, "2026-03-29T00:00:00.000-01:00");
}

static void a_rule_that_is_not_understood_is_refused(void **state)
{
    (void) state;
    static const char *const footers[] = {
        "",
        "\n",
        "CST-8\n",
        "\nCST-8",
        "\nCS-8\n",
        "\nCST\n",
        "\n<CST-8\n",
        "\nCST-99\n",
        "\nCST-8x\n",
        "\nCST-8:60\n",
        "\nCET-1CEST\n",
        "\nCET-1CEST,M13.5.0,M10.5.0\n",
        "\nCET-1CEST,M0.5.0,M10.5.0\n",
        "\nCET-1CEST,M3.6.0,M10.5.0\n",
        "\nCET-1CEST,M3.0.0,M10.5.0\n",
        "\nCET-1CEST,M3.5.7,M10.5.0\n",
        "\nCET-1CEST,M3.5.0\n",
        "\nCET-1CEST,J60,J300\n",
        "\nCET-1CEST,M3.5.0/168,M10.5.0\n",
        "\nCET-1CEST,M3.5.0,M10.5.0/3,\n",
        "\nCET-1CEST,M3.5.0,M10.99999999999999999999.0\n",
        "\nCET-1CEST,M3.5.0,M10.5.0/3                                        \n"};
    static const int32_t offsets[] = {3600};
    for (size_t i = 0; i < sizeof footers / sizeof footers[0]; i++) {
        struct file file = make(NULL, 0, offsets, 1, footers[i]);
        struct zone zone = {.count = 77};
        struct error error = {.text = ""};
        if (tzif_parse(file.bytes, file.length, &zone, &error)) {
            print_error("accepted: %s\n", footers[i]);
            fail();
        }
        assert_string_equal(error.text, "the time zone's rule for later years is not understood");
        assert_int_equal(zone.count, 77);
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void) state;
    static const struct change changes[] = {{1000000000, 0}, {1100000000, 1}};
    static const int32_t offsets[] = {3600, 7200};
    struct file file = make(changes, 2, offsets, 2, "\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    struct error error;
    struct zone zone;
    assert_true(tzif_parse(file.bytes, file.length, &zone, &error));
    for (size_t length = 0; length < file.length; length++) {
        assert_false(tzif_parse(file.bytes, length, &zone, &error));
    }
}

static void expect_refused(const struct file *file, const char *expected)
{
    struct zone zone;
    struct error error = {.text = ""};
    assert_false(tzif_parse(file->bytes, file->length, &zone, &error));
    assert_string_equal(error.text, expected);
}

static void damage_is_refused(void **state)
{
    (void) state;
    static const char damaged[] = "the time zone's changes are damaged or too many";
    static const struct change backwards[] = {{1100000000, 0}, {1000000000, 0}};
    static const struct change unknown_type[] = {{1000000000, 9}};
    static const struct change endless[] = {{INT64_MAX, 0}};
    static const int32_t offsets[] = {3600, 7200};
    static const int32_t huge[] = {INT32_MAX};
    struct file file = make(backwards, 2, offsets, 2, "\nCET-1\n");
    expect_refused(&file, damaged);
    file = make(unknown_type, 1, offsets, 2, "\nCET-1\n");
    expect_refused(&file, damaged);
    file = make(endless, 1, offsets, 2, "\nCET-1\n");
    expect_refused(&file, damaged);
    file = make(NULL, 0, huge, 1, "\nCET-1\n");
    expect_refused(&file, damaged);
    file = make(NULL, 0, NULL, 0, "\nCET-1\n");
    expect_refused(&file, damaged);

    static struct change many[ZONE_CHANGES_MAX + 1];
    for (int i = 0; i <= ZONE_CHANGES_MAX; i++) {
        many[i] = (struct change){1000000000 + (int64_t) i * 1000000, (i + 1) % 2};
    }
    file = make(many, ZONE_CHANGES_MAX + 1, offsets, 2, "\nCET-1\n");
    expect_refused(&file, damaged);
    file = make(many, ZONE_CHANGES_MAX - 1, offsets, 2, "\nCET-1\n");
    assert_int_equal(parsed(&file).count, ZONE_CHANGES_MAX);
}

static void old_versions_and_leap_seconds_are_refused(void **state)
{
    (void) state;
    static const int32_t offsets[] = {3600};
    struct file file = make(NULL, 0, offsets, 1, "\nCET-1\n");
    file.bytes[4] = 0;
    expect_refused(&file, "no time zone file of version 2 or later");

    file.length = 0;
    put_header(&file, 0, 0, 0);
    put_text(&file, "UTC?");
    put_header(&file, 0, 0, 1);
    put_text(&file, "UTC?123456789012");
    expect_refused(&file, "the time zone counts leap seconds, which the gateway does not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_offset_is_one_entry),
        cmocka_unit_test(the_footer_reaches_to_the_last_year),
        cmocka_unit_test(southern_summers_span_the_new_year),
        cmocka_unit_test(listed_changes_win_over_the_footer),
        cmocka_unit_test(odd_names_and_times_are_understood),
        cmocka_unit_test(a_rule_that_is_not_understood_is_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(old_versions_and_leap_seconds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
