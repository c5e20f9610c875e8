#include "sensors/device/profile.h"

#include <dirent.h>
#include <stdlib.h>

#include "tests/unit/sensors/device/profile_rig.h"

static void the_least_that_is_needed_is_little(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *profile = parse(arena, HEAD READS POINTS "}", &notes);
    assert_non_null(profile);
    assert_string_equal(profile->model, "a");
    assert_int_equal(profile->baud, 9600);
    assert_int_equal(profile->parity, 'N');
    assert_int_equal(profile->timeout_ms, 500);
    assert_int_equal(profile->poll_ms, 5000);
    assert_int_equal(profile->read[0].every, 1);
    assert_string_equal(profile->point[0].quantity, "a");
    assert_string_equal(profile->point[0].unit, "1");
    expect_near(profile->point[0].scale, 1, 0);
    assert_false(profile->point[0].has_range);
    arena_free(arena);
}

static void every_member_of_the_format_is_read(void **state)
{
    (void) state;
    static const char json[] =
        "{\"profile\": 1, \"id\": \"full\", \"rev\": 3, \"maker\": \"M\", \"model\": \"N\", "
        "// why\n"
        "\"aliases\": [\"x\", \"y\"], \"kind\": \"distance\", \"status\": \"recalled\", "
        "\"sources\": [\"s\"],"
        "\"link\": {\"slave\": 80, \"slave_range\": [1, 247], \"baud\": 115200, \"bauds\": [9600],"
        " \"parity\": \"E\", \"parity_seen\": [\"N\", \"E\"], \"data\": 8, \"stop\": 2},"
        "\"timing\": {\"timeout_ms\": 50, \"gap_ms\": 2, \"min_poll_ms\": 20, \"poll_ms\": 100,"
        " \"warmup_ms\": 7},"
        "\"reads\": [{\"name\": \"r\", \"fc\": 4, \"addr\": \"0x10\", \"count\": 3, "
        "\"timeout_ms\": 800,"
        " \"every\": 6}, {\"name\": \"c\", \"fc\": 1, \"addr\": 0, \"count\": 8}],"
        "\"points\": [{\"key\": \"d\", \"quantity\": \"gap\", \"read\": \"r\", \"at\": 0, "
        "\"type\": \"uint32\","
        " \"order\": \"CDAB\", \"scale\": 0.01, \"offset\": -5, \"unit\": \"m\", \"range\": "
        "[0, 10],"
        " \"rated\": [1, 9], \"bad\": [{\"raw\": \"0xFFFFFFFF\", \"means\": \"none\"}],"
        " \"valid_if\": [{\"point\": \"strength\", \"min\": 60}],"
        " \"fault\": {\"roc_per_s\": 1, \"flat_s\": 60, \"flat_tol\": 0.5}},"
        "{\"key\": \"strength\", \"read\": \"r\", \"at\": 2, \"type\": \"uint16\", \"order\": "
        "\"BA\"},"
        "{\"key\": \"flag\", \"read\": \"r\", \"at\": 2, \"type\": \"bit\", \"bit\": 15},"
        "{\"key\": \"relay\", \"read\": \"c\", \"at\": 7, \"type\": \"bool\"}],"
        "\"joint\": [{\"if_bad\": \"strength\", \"suspect\": [\"d\", \"flag\"], \"why\": \"w\"}],"
        "\"outputs\": [{\"key\": \"relay\", \"write\": {\"fc\": 5, \"addr\": 0, \"on\": \"0xFF00\","
        " \"off\": 0}, \"pulse\": {\"fc\": 5, \"addr\": 512, \"unit_ms\": 100, \"max\": 32767},"
        " \"verify\": {\"fc\": 1, \"addr\": 0, \"on\": 1, \"off\": 0, \"within_ms\": 500},"
        " \"safe\": \"off\"}],"
        "\"commission\": {\"anything\": [1]}, \"vectors\": [], \"x_mine\": {\"of\": \"any "
        "shape\"}}";
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *p = parse(arena, json, &notes);
    if (p == NULL) {
        fail_msg("%s", notes.bytes);
        return;
    }
    assert_int_equal(p->status, PROFILE_RECALLED);
    assert_int_equal(p->alias_count, 2);
    assert_string_equal(p->alias[1], "y");
    assert_int_equal(p->parity, 'E');
    assert_int_equal(p->stop_bits, 2);
    assert_int_equal(p->read[0].address, 16);
    assert_int_equal(p->read[0].timeout_ms, 800);
    assert_int_equal(p->read[0].every, 6);
    const struct profile_point *d = &p->point[0];
    assert_string_equal(d->quantity, "gap");
    assert_int_equal(d->order, ORDER_CDAB);
    assert_int_equal(d->decimals, 2);
    assert_int_equal(d->bad[0].raw, UINT32_MAX);
    assert_int_equal(d->valid[0].point, 1);
    expect_near(d->fault.flat_tol, 0.5, 0);
    assert_int_equal(p->point[1].order, ORDER_BADC);
    assert_int_equal(p->point[2].bit, 15);
    assert_int_equal(p->joint_count, 2);
    assert_int_equal(profile_find_point(p, "relay"), 3);
    assert_int_equal(profile_find_point(p, "nobody"), -1);
    arena_free(arena);
}

static void every_mistake_is_told_with_its_path(void **state)
{
    (void) state;
    expect_mistake("[]", "", "object");
    expect_mistake(HEAD READS POINTS ", \"poitns\": 1}", "/poitns", "no such member");
    expect_mistake("{\"profile\": 2, \"id\": \"a\", \"status\": \"text\", " READS POINTS "}",
                   "/profile", "2 is not within");
    expect_mistake("{\"profile\": 1, \"id\": \"A b\", \"status\": \"text\", " READS POINTS "}",
                   "/id", "no id");
    expect_mistake("{\"profile\": 1, \"id\": \"a\", \"status\": \"sure\", " READS POINTS "}",
                   "/status", "hardware manual text recalled");
    expect_mistake("{\"profile\": 1, \"id\": \"a\", " READS POINTS "}", "", "'status' is missing");
    expect_mistake(HEAD READS "\"points\": []}", "/points", "at least one");
    expect_mistake(HEAD READS POINTS ", \"link\": {\"baud\": 14400}}", "/link/baud", "14400");
    expect_mistake(HEAD READS POINTS ", \"link\": {\"parity\": \"M\"}}", "/link/parity", "N E O");
    expect_mistake(HEAD READS POINTS ", \"link\": {\"bauds\": [9600, 1]}}", "/link/bauds/1",
                   "none");
    expect_mistake(HEAD READS POINTS ", \"timing\": {\"timeout_ms\": 1}}", "/timing/timeout_ms",
                   "at least 10");
    expect_mistake(HEAD READS POINTS ", \"timing\": {\"min_poll_ms\": 9000}}", "/timing",
                   "min_poll_ms 9000");
    expect_mistake(HEAD READS POINTS ", \"commission\": 1}", "/commission", "an object");
}

#define WITH_READ(members) HEAD "\"reads\": [{\"name\": \"r\", " members "}], " POINTS "}"

static void a_wrong_block_is_refused(void **state)
{
    (void) state;
    expect_mistake(WITH_READ("\"fc\": 6, \"addr\": 0, \"count\": 4"), "/reads/0/fc",
                   "within 1 and 4");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 40001.5, \"count\": 4"), "/reads/0/addr",
                   "whole");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": \"0xZZ\", \"count\": 4"), "/reads/0/addr",
                   "whole");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 0, \"count\": 126"), "/reads/0/count", "125");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 65535, \"count\": 2"), "/reads/0", "beyond");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 65536, \"count\": 1"), "/reads/0/addr", "65535");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 0, \"count\": 4, \"trigger\": {}"),
                   "/reads/0/trigger", "a reading never writes");
    expect_mistake(HEAD "\"reads\": [{\"name\": \"r\", \"fc\": 3, \"addr\": 0, \"count\": 1},"
                        "{\"name\": \"r\", \"fc\": 3, \"addr\": 1, \"count\": 1}], " POINTS "}",
                   "/reads/1", "second block");
}

static void a_number_of_a_manual_is_refused_with_the_sum_to_do(void **state)
{
    (void) state;
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 40001, \"count\": 4"), "/reads/0/addr",
                   "subtract 40001 and write 0, or \"0x9C41\"");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": \"40108\", \"count\": 4"), "/reads/0/addr",
                   "write 107");
    expect_mistake(WITH_READ("\"fc\": 4, \"addr\": 30012, \"count\": 4"), "/reads/0/addr",
                   "subtract 30001 and write 11");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 30012, \"count\": 4"), "/reads/0/addr",
                   "(read by function 4)");
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 465536, \"count\": 1"), "/reads/0/addr",
                   "subtract 400001 and write 65535");
    expect_mistake(HEAD "\"reads\": [{\"name\": \"r\", \"fc\": 2, \"addr\": 10001, \"count\": 4}], "
                        "\"points\": [{\"key\": \"a\", \"read\": \"r\", \"type\": \"bool\"}]}",
                   "/reads/0/addr", "subtract 10001 and write 0");
}

static void a_real_address_is_believed(void **state)
{
    (void) state;
    static const char *const real[] = {"\"0x9C41\"", "\"0X9c41\"", "40000",
                                       "50000",      "10001",      "65532"};
    for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
        char json[512];
        (void) snprintf(
            json, sizeof(json),
            HEAD "\"reads\": [{\"name\": \"r\", \"fc\": 3, \"addr\": %s, \"count\": 4}], " POINTS
                 "}",
            real[i]);
        struct arena *arena = arena_new();
        struct notes notes;
        assert_non_null(parse(arena, json, &notes));
        arena_free(arena);
    }
}

static void a_block_may_end_at_the_last_address_and_not_beyond(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct notes notes;
    assert_non_null(parse(arena,
                          HEAD "\"reads\": [{\"name\": \"r\", \"fc\": 3, \"addr\": 65535,"
                               " \"count\": 1}], " POINTS "}",
                          &notes));
    arena_free(arena);
    expect_mistake(WITH_READ("\"fc\": 3, \"addr\": 65412, \"count\": 125"), "/reads/0", "beyond");
    expect_mistake(HEAD
                   "\"reads\": [{\"name\": \"r\", \"fc\": 1, \"addr\": 63537, \"count\": 2000}], "
                   "\"points\": [{\"key\": \"a\", \"read\": \"r\", \"type\": \"bool\"}]}",
                   "/reads/0", "beyond");
}

/* Some devices answer one register at a time: a wide number would be torn between two moments. */
static void a_wide_number_lies_in_one_block(void **state)
{
    (void) state;
    expect_mistake(HEAD
                   "\"reads\": [{\"name\": \"high\", \"fc\": 3, \"addr\": 0, \"count\": 1},"
                   "{\"name\": \"low\", \"fc\": 3, \"addr\": 1, \"count\": 1}], "
                   "\"points\": [{\"key\": \"a\", \"read\": \"high\", \"type\": \"float32\"}]}",
                   "/points/0", "beyond the 1 words");
}

#define WITH_POINT(members) \
    HEAD READS "\"points\": [" POINT_A ", {\"key\": \"b\", \"read\": \"r\", " members "}]}"

static void a_wrong_point_is_refused(void **state)
{
    (void) state;
    expect_mistake(WITH_POINT("\"type\": \"int17\""), "/points/1/type", "int16");
    expect_mistake(WITH_POINT("\"type\": \"bool\""), "/points/1", "not be of type bool");
    expect_mistake(WITH_POINT("\"type\": \"uint32\", \"at\": 3"), "/points/1",
                   "beyond the 4 words");
    expect_mistake(WITH_POINT("\"type\": \"uint32\", \"order\": \"AB\""), "/points/1/order",
                   "ABCD");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"order\": \"ABCD\""), "/points/1/order",
                   "AB BA");
    expect_mistake(WITH_POINT("\"type\": \"bit\""), "/points/1", "'bit' is missing");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"bit\": 1"), "/points/1", "type bit only");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"scale\": 0"), "/points/1", "scale");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"range\": [2, 1]"), "/points/1/range",
                   "lowest");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"rated\": [2]"), "/points/1/rated", "lowest");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"bad\": [{\"raw\": 65536}]"),
                   "/points/1/bad/0/raw", "65535");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"valid_if\": [{\"point\": \"c\"}]"),
                   "/points/1/valid_if/0/point", "no point 'c'");
    expect_mistake(WITH_POINT("\"type\": \"int16\", \"fault\": {\"flat_s\": -1}"),
                   "/points/1/fault/flat_s", "negative");
    expect_mistake(HEAD READS "\"points\": [" POINT_A ", " POINT_A "]}", "/points/1/key", "second");
    expect_mistake(HEAD READS
                   "\"points\": [{\"key\": \"a\", \"read\": \"q\", \"type\": \"int16\"}]}",
                   "/points/0/read", "no block 'q'");
    expect_mistake(HEAD READS POINTS ", \"joint\": [{\"if_bad\": \"a\", \"suspect\": [\"a\"]}]}",
                   "/joint/0/suspect/0", "another point");
}

static void several_mistakes_are_told_at_once(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct notes notes;
    assert_null(parse(arena, "{\"profile\": 1, \"id\": 5, \"points\": 1, \"tpyo\": 0}", &notes));
    assert_int_equal(notes.count, 5); /* tpyo, id, status, reads, points */
    arena_free(arena);
}

/* Vectors. */

static void expect_proof(const char *vector, const char *complaint)
{
    char json[2048];
    (void) snprintf(json, sizeof(json),
                    HEAD "\"reads\": [{\"name\": \"r\", \"fc\": 4, \"addr\": 1, \"count\": 2}], "
                         "\"points\": [{\"key\": \"t\", \"read\": \"r\", \"type\": \"int16\","
                         " \"scale\": 0.1, \"range\": [-40, 60]}], \"vectors\": [%s]}",
                    vector);
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *profile = parse(arena, json, &notes);
    if (profile == NULL) {
        fail_msg("%s", notes.bytes);
    }
    struct error error = {0};
    bool is_proven = profile_prove(profile, &error);
    if (is_proven != (complaint == NULL) ||
        (complaint != NULL && strstr(error.text, complaint) == NULL)) {
        fail_msg("expected '%s', got '%s'", complaint == NULL ? "proof" : complaint, error.text);
    }
    arena_free(arena);
}

#define REQUEST "\"request\": \"01 04 00 01 00 02 20 0B\", "

static void vectors_prove_a_profile_or_say_what_is_wrong(void **state)
{
    (void) state;
    expect_proof(
        "{" REQUEST "\"reply\": \"01 04 04 01 31 02 22 2A CE\", \"expect\": {\"t\": 30.5}}", NULL);
    expect_proof("{" REQUEST "\"reply\": \"010404013102222ACE\", \"expect\": {}}", NULL);
    expect_proof("{" REQUEST "\"reply\": \"01 84 02 C2 C1\", \"expect\": {\"t\": null}}", NULL);
    expect_proof(
        "{\"request\": \"01 05 00 00 FF 00 8C 3A\", \"reply\": \"01 05 00 00 FF 00 8C 3A\","
        " \"expect\": {}}",
        "no output of the profile");
    expect_proof("{" REQUEST
                 "\"reply\": \"01 04 04 01 31 02 22 2A CE\", \"expect\": {\"t\": 30.6}}",
                 "'t' decodes to 30.5, expected is 30.6");
    expect_proof("{" REQUEST
                 "\"reply\": \"01 04 04 01 31 02 22 2A CE\", \"expect\": {\"t\": null}}",
                 "expected is no value");
    expect_proof("{" REQUEST "\"reply\": \"01 04 04 01 31 02 22 2A CF\", \"expect\": {}}",
                 "reply is no RTU frame");
    expect_proof(
        "{\"request\": \"01 04 00 01 00 02 20 0C\", \"reply\": \"01 04 04 01 31 02 22 2A CE\","
        " \"expect\": {}}",
        "request is no RTU frame");
    expect_proof(
        "{\"request\": \"01 03 00 00 00 02 C4 0B\", \"reply\": \"01 03 04 02 92 FF 9B 5A 3D\","
        " \"expect\": {}}",
        "asks for no block");
    expect_proof("{" REQUEST "\"reply\": \"01 03 04 02 92 FF 9B 5A 3D\", \"expect\": {}}",
                 "no answer to the request");
}

static const struct profile *read_file(struct arena *arena, const char *name, struct notes *notes)
{
    char path[512];
    (void) snprintf(path, sizeof(path), "%s/sensors/profiles/%s", SOURCE_DIR, name);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    static char json[65536];
    size_t length = fread(json, 1, sizeof(json) - 1, file);
    assert_int_equal(fclose(file), 0);
    json[length] = '\0';
    return parse(arena, json, notes);
}

/* The first point without a value, -1: none. */
static int32_t first_missing(const struct profile *profile, const bool *is_shown)
{
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (!is_shown[i]) {
            return i;
        }
    }
    return -1;
}

/* Its vectors show a value and the lack of one, and leave no point out. */
static void expect_well_proven(const struct profile *profile)
{
    bool is_shown[PROFILE_POINTS_MAX] = {false};
    int32_t null_count = 0;
    for (int32_t i = 0; i < profile->vector_count; i++) {
        const struct profile_vector *vector = &profile->vector[i];
        for (int32_t k = 0; k < vector->expect_count; k++) {
            null_count += vector->expect[k].is_null ? 1 : 0;
            is_shown[vector->expect[k].point] |= !vector->expect[k].is_null;
        }
    }
    if (profile->vector_count < 2 || null_count == 0) {
        fail_msg("'%s' needs two vectors, one of them without a value", profile->id);
    }
    int32_t missing = first_missing(profile, is_shown);
    if (missing >= 0) {
        fail_msg("'%s': no vector gives '%s' a value", profile->id, profile->point[missing].key);
    }
}

/* It is in the file of its name, sure enough to ship, and its vectors prove it. */
static void expect_shippable(const char *name)
{
    struct arena *arena = arena_new();
    struct notes notes;
    struct error error = {0};
    const struct profile *profile = read_file(arena, name, &notes);
    if (profile == NULL) {
        fail_msg("%s: %s", name, notes.bytes);
        return;
    }
    if (!profile_prove(profile, &error)) {
        fail_msg("%s: %s", name, error.text);
    }
    expect_well_proven(profile);
    assert_true(profile->status != PROFILE_RECALLED);
    assert_memory_equal(name, profile->id, strlen(profile->id));
    assert_string_equal(name + strlen(profile->id), ".json");
    arena_free(arena);
}

static void every_shipped_profile_is_proven_by_its_vectors(void **state)
{
    (void) state;
    struct dirent **entries = NULL;
    int count = scandir(SOURCE_DIR "/sensors/profiles", &entries, NULL, alphasort);
    assert_true(count >= 2 + 20); /* . and .. too */
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            expect_shippable(entries[i]->d_name);
        }
        free(entries[i]);
    }
    free((void *) entries);
}

static void a_status_has_the_name_that_the_file_uses(void **state)
{
    (void) state;
    static const struct {
        enum profile_status status;
        const char *name;
    } cases[] = {{PROFILE_HARDWARE, "hardware"},
                 {PROFILE_MANUAL, "manual"},
                 {PROFILE_TEXT, "text"},
                 {PROFILE_RECALLED, "recalled"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[512];
        (void) snprintf(json, sizeof json,
                        "{\"profile\": 1, \"id\": \"a\", \"status\": \"%s\", " READS POINTS "}",
                        cases[i].name);
        struct arena *arena = arena_new();
        struct notes notes;
        const struct profile *profile = parse(arena, json, &notes);
        assert_non_null(profile);
        assert_int_equal(profile->status, cases[i].status);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_that_is_needed_is_little),
        cmocka_unit_test(every_member_of_the_format_is_read),
        cmocka_unit_test(every_mistake_is_told_with_its_path),
        cmocka_unit_test(a_wrong_block_is_refused),
        cmocka_unit_test(a_number_of_a_manual_is_refused_with_the_sum_to_do),
        cmocka_unit_test(a_real_address_is_believed),
        cmocka_unit_test(a_block_may_end_at_the_last_address_and_not_beyond),
        cmocka_unit_test(a_wide_number_lies_in_one_block),
        cmocka_unit_test(a_wrong_point_is_refused),
        cmocka_unit_test(several_mistakes_are_told_at_once),
        cmocka_unit_test(vectors_prove_a_profile_or_say_what_is_wrong),
        cmocka_unit_test(every_shipped_profile_is_proven_by_its_vectors),
        cmocka_unit_test(a_status_has_the_name_that_the_file_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
