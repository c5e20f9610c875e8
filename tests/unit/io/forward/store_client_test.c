#include "gateway/io/forward/store_client.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

static const struct policy no_points = {.gateway_id = "g"};

struct fixture {
    char folder[SCRATCH_MAX];
    struct forward_settings settings;
};

static void set_up(struct fixture *it)
{
    scratch_make(it->folder);
    it->settings = (struct forward_settings){
        .id = "main", .url = "http://127.0.0.1:8086", .database = "huoyan"};
    (void) snprintf(it->settings.token_file, sizeof it->settings.token_file, "%s/token",
                    it->folder);
}

static void write_token(const struct fixture *it, const char *text)
{
    FILE *file = fopen(it->settings.token_file, "wbe");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(it->settings.token_file, 0600), 0);
}

static void expect_refused(const struct fixture *it, const char *sentence)
{
    struct store_client *client = NULL;
    struct error error = {""};
    assert_false(store_client_open(&it->settings, &no_points, &client, &error));
    assert_null(client);
    assert_non_null(strstr(error.text, "store 'main'"));
    assert_non_null(strstr(error.text, sentence));
}

static void a_missing_token_file_is_a_sentence(void **unused)
{
    (void) unused;
    struct fixture it;
    set_up(&it);
    expect_refused(&it, it.settings.token_file);
    write_token(&it, "\n");
    expect_refused(&it, "is empty");
    scratch_remove(it.folder);
}

static void an_empty_address_is_a_sentence(void **unused)
{
    (void) unused;
    struct fixture it;
    set_up(&it);
    write_token(&it, "secret\n");
    (void) snprintf(it.settings.url, sizeof it.settings.url, "//");
    expect_refused(&it, "no address in '//'");
    scratch_remove(it.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_token_file_is_a_sentence),
        cmocka_unit_test(an_empty_address_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
