/* build_settings.c - the gateway itself and its outside: web, stores, SMS, history. */
#include <string.h>

#include "config/sections/sections.h"
#include "gateway/base/net_address.h"
#include "gateway/io/sms/sms_driver.h"
#include "gateway/io/system/clock.h"

static void read_gateway(struct build *build)
{
    struct config *config = build->config;
    struct policy *policy = build->policy;
    const struct json *section = reader_section(build->reader, "gateway");
    if (section == NULL) {
        reader_refuse(build->reader, build->reader->file[0].root, "needs 'gateway': %s",
                      schema_get("/gateway")->help);
    }
    struct schema_view view = schema_view("/gateway", section);
    policy->gateway_id = schema_text_or(view, "id", "");
    policy->gateway_name = schema_text_or(view, "name", "");
    config->language = schema_text(view, "language");
    /* A relative path is seen from the config's directory, wherever the daemon was started. */
    config->data_dir = reader_path(build->reader, schema_text(view, "data_dir"));
    struct error error;
    if (!clock_zone(schema_text(view, "timezone"), &policy->zone, &error)) {
        const struct json *zone = schema_value(view, "timezone");
        const struct json *at = zone != NULL ? zone : section;
        if (at != NULL) {
            reader_refuse(build->reader, at, "%s", error.text);
        }
    }
}

const char *build_listen(struct build *build, struct schema_view view, const char *example)
{
    struct net_address address;
    const char *listen = schema_text(view, "listen");
    if (!net_address_parse(listen, 1, &address)) {
        reader_refuse(build->reader, schema_value(view, "listen"),
                      "'%s' is not ADDRESS:PORT such as %s", listen, example);
    }
    return listen;
}

static bool is_url(const char *url)
{
    bool is_http = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    const char *host = strstr(url, "://");
    return is_http && host != NULL && host[3] != '\0' && host[3] != '/' &&
           strpbrk(url, " ?#\"\\") == NULL;
}

static void read_store(struct build *build, struct schema_view view, struct forward_settings *store)
{
    schema_copy_text(view, "id", store->id, sizeof store->id);
    schema_copy_text(view, "url", store->url, sizeof store->url);
    schema_copy_text(view, "database", store->database, sizeof store->database);
    schema_copy_text(view, "user", store->user, sizeof store->user);
    schema_copy_text(view, "token_file", store->token_file, sizeof store->token_file);
    const struct json *url = schema_value(view, "url");
    if (url != NULL && !is_url(url->string)) {
        reader_refuse(build->reader, url, "'%s' is not an address such as http://127.0.0.1:8086",
                      url->string);
    }
    if (url != NULL && strchr(url->string, '@') != NULL) {
        reader_refuse(build->reader, url, "must not contain a login: use 'user' and 'token_file'");
    }
    const char *api = json_string(view.object, "api", schema_text(view, "api"));
    if (strcmp(api, "v1") == 0) {
        schema_require(build->reader, view.object, "database", "a store of v1 has one");
    }
    if (store->user[0] != '\0' && store->token_file[0] == '\0') {
        reader_refuse(build->reader, schema_value(view, "user"),
                      "a login needs a password: name its file in 'token_file'");
    }
}

static void read_stores(struct build *build)
{
    struct build_ids ids = build_ids(build, "stores", "store", STORES_MAX);
    struct forward_settings *store = arena_take(build->arena, (size_t) ids.count, sizeof *store);
    for (int32_t i = 0; i < ids.count; i++) {
        read_store(build, schema_view("/stores/*", ids.item[i]), &store[i]);
    }
    build->config->store_count = ids.count;
    build->config->store = store;
}

static void read_sms(struct build *build)
{
    struct sms_settings *sms = &build->config->sms;
    sms->reply_fd = -1;
    text_copy(sms->prefix, sizeof sms->prefix, build->policy->gateway_id);
    const struct json *section = reader_section(build->reader, "sms");
    struct schema_view view = schema_view("/sms", section);
    build->policy->signature = schema_text_or(view, "signature", build->policy->gateway_name);
    if (section == NULL) {
        reader_warn(build->reader, build->reader->file[0].root,
                    "there is no 'sms': no message will be sent");
        return;
    }
    sms->driver = strcmp(schema_text_or(view, "driver", ""), "smsd") == 0 ? SMS_SMSD : SMS_CONSOLE;
    schema_copy_text(view, "outgoing", sms->outgoing, sizeof sms->outgoing);
    schema_copy_text(view, "checked", sms->checked, sizeof sms->checked);
    schema_copy_text(view, "sent", sms->sent, sizeof sms->sent);
    schema_copy_text(view, "failed", sms->failed, sizeof sms->failed);
    schema_copy_text(view, "incoming", sms->incoming, sizeof sms->incoming);
    schema_copy_text(view, "report", sms->report, sizeof sms->report);
    schema_copy_text(view, "temp", sms->temp, sizeof sms->temp);
    if (sms->temp[0] == '\0') {
        if (!sms_place_temp(sms)) {
            reader_refuse(build->reader, view.object, "the path of 'outgoing' is too long");
        }
        build_derive(build, view, "temp", "\"%s\"", sms->temp);
    }
}

void build_settings(struct build *build)
{
    struct config *config = build->config;
    read_gateway(build);
    struct schema_view web = schema_view("/web", reader_section(build->reader, "web"));
    text_copy(config->listen, sizeof config->listen,
              build_listen(build, web, "127.0.0.1:8080 or [::1]:8080"));
    read_stores(build);
    read_sms(build);
    struct schema_view history = schema_view("/history", reader_section(build->reader, "history"));
    config->history_keep_ms = schema_span(history, "keep");
    config->history_bytes_max = schema_integer(history, "max_bytes");
}
