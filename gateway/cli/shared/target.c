#include "gateway/cli/shared/target.h"

#include <stdio.h>
#include <string.h>

#include "config/build/shipped_models.h"
#include "config/config.h"
#include "gateway/base/parse.h"
#include "gateway/base/text.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/io/system/clock.h"

enum { BAUD_DEFAULT = 9600, PORT_MODBUS = 502 };

#define CONNECT_US (3 * US_PER_SECOND)

/* The command line. */

static const struct parity {
    const char *name;
    char letter;
} parities[] = {{"none", 'N'}, {"even", 'E'}, {"odd", 'O'}};

char target_parity(const char *word)
{
    for (size_t i = 0; i < sizeof parities / sizeof parities[0]; i++) {
        if (strcmp(parities[i].name, word) == 0) {
            return parities[i].letter;
        }
    }
    return 0;
}

const char *target_parity_name(char parity)
{
    for (size_t i = 0; i < sizeof parities / sizeof parities[0]; i++) {
        if (parities[i].letter == parity) {
            return parities[i].name;
        }
    }
    return "";
}

static bool parse_serial(const struct target_words *words, struct link_settings *link,
                         struct error *error)
{
    int64_t baud = BAUD_DEFAULT;
    int64_t stop_bits = 1;
    if (strlen(words->serial) >= sizeof link->address) {
        return error_set(error, "the path '%s' is too long", words->serial);
    }
    if (!options_number(words->baud, "--baud", 1, 115200, &baud, error) ||
        !options_number(words->stop_bits, "--stop-bits", 1, 2, &stop_bits, error)) {
        return false;
    }
    link->kind = LINK_RTU;
    link->baud = (int32_t) baud;
    link->stop_bits = (int32_t) stop_bits;
    link->parity = target_parity(words->parity == NULL ? "none" : words->parity);
    text_copy(link->address, sizeof link->address, words->serial);
    return link->parity != 0 ||
           error_set(error, "--parity '%s' is not one of none, even, odd", words->parity);
}

/* "host:502", "[::1]:502" (an IPv6 address needs its brackets), and for Modbus TCP "host" too. */
static bool parse_host(const char *word, struct link_settings *link, struct error *error)
{
    const char *end = strrchr(word, ':');
    const char *bracket = strrchr(word, ']');
    end = end != NULL && (bracket == NULL || end > bracket) ? end : NULL;
    int64_t port = PORT_MODBUS;
    if ((end == NULL && link->kind != LINK_TCP) ||
        (end != NULL && !parse_int(end + 1, 1, 65535, &port))) {
        return error_set(error, "'%s' is no HOST:PORT", word);
    }
    const char *host = word[0] == '[' ? word + 1 : word;
    size_t length = end == NULL ? strlen(host) : (size_t) (end - host);
    if (word[0] == '[') {
        length = bracket == NULL ? 0 : (size_t) (bracket - host);
    }
    bool is_bare =
        word[0] != '[' && memchr(host, ':', length) != NULL; /* the begin of the port is unclear */
    if (length == 0 || length >= sizeof link->address || is_bare) {
        return error_set(error, "'%s' is no HOST:PORT", word);
    }
    memcpy(link->address, host, length);
    link->port = (uint16_t) port;
    return true;
}

bool target_parse(const struct target_words *words, struct link_settings *ret_link,
                  struct error *error)
{
    int named = (words->name != NULL) + (words->serial != NULL) + (words->tcp != NULL) +
                (words->rtu_over_tcp != NULL);
    if (named != 1) {
        return error_set(error, "name one thing: a LINK or SITE/DEVICE, --serial, --tcp or "
                                "--rtu-over-tcp");
    }
    if (words->name != NULL && words->directory == NULL) {
        return error_set(error, "'%s' is in which config? give -c DIR", words->name);
    }
    bool has_line = words->baud != NULL || words->parity != NULL || words->stop_bits != NULL;
    if (has_line && words->serial == NULL) {
        return error_set(error, "--baud, --parity and --stop-bits belong to --serial");
    }
    struct link_settings link = {.kind = words->tcp != NULL ? LINK_TCP : LINK_RTU_OVER_TCP};
    bool is_good = true;
    if (words->serial != NULL) {
        is_good = parse_serial(words, &link, error);
    } else if (words->name == NULL) {
        is_good = parse_host(words->tcp != NULL ? words->tcp : words->rtu_over_tcp, &link, error);
    }
    if (is_good) {
        *ret_link = link;
    }
    return is_good;
}

/* The config. */

static const struct link_device *find_link_device(const struct link_settings *link,
                                                  const char *name)
{
    for (int32_t i = 0; i < link->device_count; i++) {
        if (strcmp(link->device[i].id, name) == 0) {
            return &link->device[i];
        }
    }
    return NULL;
}

static bool find_name(const struct config *config, const char *name, struct target *target)
{
    for (int32_t i = 0; i < config->link_count; i++) {
        const struct link_settings *link = &config->link[i];
        const struct link_device *device = find_link_device(link, name);
        if (device != NULL || strcmp(link->id, name) == 0) {
            target->link = *link;
            target->device = device;
            return true;
        }
    }
    return false;
}

static int take_config(const struct target_words *words, const char *command, struct target *target)
{
    struct config_problems *problems = arena_take(target->arena, 1, sizeof *problems);
    const struct config *config = NULL;
    if (!config_read(target->arena, words->directory, problems, &config)) {
        (void) fprintf(stderr, "%s\nhuoyan %s: the config has mistakes, see huoyan check -c %s\n",
                       problems->item[0].text, command, words->directory);
        return EXIT_NO;
    }
    target->profile_count = shipped_models_list(target->arena, config, &target->profile);
    if (words->name != NULL && !find_name(config, words->name, target)) {
        (void) fprintf(stderr, "huoyan %s: the config has no link and no device '%s'\n", command,
                       words->name);
        return EXIT_USAGE;
    }
    if (target->link.kind == LINK_DTU) {
        (void) fprintf(stderr,
                       "huoyan %s: 链路 '%s' 是 DTU：由它拨入守护进程，这里够不到；"
                       "请在网页的设备页看，或在现场接串口扫描\n",
                       command, target->link.id);
        return EXIT_SYSTEM;
    }
    return EXIT_DONE;
}

int target_open(const struct target_words *words, const char *command, struct target *ret_target)
{
    struct target target = {.profile_count = 0};
    struct error error;
    if (!target_parse(words, &target.link, &error)) {
        (void) fprintf(stderr, "huoyan %s: %s\n", command, error.text);
        return EXIT_USAGE;
    }
    target.arena = arena_new();
    int code = EXIT_DONE;
    if (words->directory != NULL) {
        code = take_config(words, command, &target);
    } else {
        target.profile_count = shipped_models_list(target.arena, NULL, &target.profile);
    }
    if (code != EXIT_DONE) {
        arena_free(target.arena);
        return code;
    }
    *ret_target = target;
    return EXIT_DONE;
}

void target_close(struct target *target)
{
    arena_free(target->arena);
    target->arena = NULL;
}

const struct profile *target_find_profile(const struct target *target, const char *id)
{
    for (int32_t i = 0; i < target->profile_count; i++) {
        if (strcmp(target->profile[i]->id, id) == 0) {
            return target->profile[i];
        }
    }
    return NULL;
}

void target_describe(const struct link_settings *link, char to[static TARGET_TEXT_MAX])
{
    struct text text = text_over(to, TARGET_TEXT_MAX);
    text_add(&text, "%s", link->address);
    if (link->kind == LINK_RTU) {
        text_add(&text, " %d 8%c%d", (int) link->baud, link->parity, (int) link->stop_bits);
        return;
    }
    text_add(&text, ":%d%s", (int) link->port, link->kind == LINK_TCP ? "" : " (RTU)");
}

/* The connection. */

bool target_connect(const struct link_settings *link, int stop_fd, struct probe **ret_probe,
                    struct error *error)
{
    const struct probe_settings settings = {
        .link = link, .connect_timeout_us = CONNECT_US, .now_us = clock_us, .stop_fd = stop_fd};
    bool is_busy = false;
    if (probe_open(&settings, ret_probe, &is_busy, error)) {
        return true;
    }
    if (is_busy) {
        return error_set(error,
                         "%s：若是火眼守护进程在用，先停下它（systemctl stop huoyan），"
                         "或换一个端口",
                         error->text);
    }
    return false;
}
