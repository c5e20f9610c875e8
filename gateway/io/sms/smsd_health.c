#include "gateway/io/sms/smsd_health.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "gateway/io/sms/smsd.h"
#include "gateway/io/sms/smsd_file.h"
#include "gateway/io/sms/spool.h"

void smsd_health_blame(struct smsd_health *health, enum smsd_trouble trouble, const char *why)
{
    static const char *const sentences[SMSD_TROUBLE_COUNT] = {
        [SMSD_CANNOT_WRITE] = "短信写不进发送目录：",
        [SMSD_CANNOT_REMOVE] = "无法删除短信目录里的文件，请把网关的用户加入 smsd 组：",
    };
    struct text text = text_over(health->trouble[trouble], sizeof health->trouble[trouble]);
    text_add(&text, "%s%s", sentences[trouble], why);
}

void smsd_health_clear(struct smsd_health *health, enum smsd_trouble trouble)
{
    health->trouble[trouble][0] = '\0';
}

bool smsd_health_remove(struct smsd_health *health, const char *directory, const char *name)
{
    if (spool_remove(directory, name)) {
        smsd_health_clear(health, SMSD_CANNOT_REMOVE);
        return true;
    }
    struct error error;
    (void) error_set_errno(&error, errno, "'%s'", directory);
    smsd_health_blame(health, SMSD_CANNOT_REMOVE, error.text);
    return false;
}

static bool can_use_folder(const char *path, int mode, struct text *sentence)
{
    if (path[0] == '\0' || access(path, mode) == 0) {
        return true;
    }
    int code = errno;
    struct error error;
    (void) error_set_errno(&error, code, "'%s'", path);
    text_add(sentence, "短信目录%s：%s",
             code == ENOENT ? "不存在，请检查 smsd 是否安装"
                            : "不能读写，请把网关的用户加入 smsd 组",
             error.text);
    return false;
}

struct search {
    const struct sms_settings *settings;
    ms_t oldest; /* 0: none */
};

static void keep_oldest(void *context, const char *directory, const char *name)
{
    struct search *search = context;
    int64_t id = 0;
    if (!smsd_file_id(search->settings->prefix, name, &id)) {
        return;
    }
    ms_t written_at = spool_written_at(directory, name);
    if (written_at > 0 && (search->oldest == 0 || written_at < search->oldest)) {
        search->oldest = written_at;
    }
}

/* The age of our oldest file there, 0: none. */
static ms_t age_of_oldest(const struct sms_settings *settings, const char *directory, ms_t wall)
{
    struct search search = {.settings = settings};
    if (directory[0] == '\0' || !spool_list(directory, &search, keep_oldest) ||
        search.oldest == 0) {
        return 0;
    }
    return max_ms(0, wall - search.oldest);
}

static bool can_use_folders(const struct sms_settings *settings, struct text *sentence)
{
    return can_use_folder(settings->outgoing, R_OK | W_OK | X_OK, sentence) &&
           can_use_folder(settings->sent, R_OK | X_OK, sentence) &&
           can_use_folder(settings->failed, R_OK | X_OK, sentence) &&
           can_use_folder(settings->incoming, R_OK | W_OK | X_OK, sentence) &&
           can_use_folder(settings->report, R_OK | W_OK | X_OK, sentence);
}

static bool check_troubles(const struct smsd_health *health, struct text *sentence)
{
    for (int i = 0; i < SMSD_TROUBLE_COUNT; i++) {
        if (health->trouble[i][0] != '\0') {
            text_add(sentence, "%s", health->trouble[i]);
            return false;
        }
    }
    return true;
}

static bool check_ages(const struct sms_settings *settings, ms_t wall, struct text *sentence)
{
    ms_t age = age_of_oldest(settings, settings->outgoing, wall);
    if (age > SMSD_OUTGOING_MS) {
        text_add(sentence,
                 "短信在发送目录里等了 %" PRId64 " 分钟没有被取走，请检查 smsd 是否在运行",
                 age / MS_PER_MINUTE);
        return false;
    }
    age = age_of_oldest(settings, settings->checked, wall);
    if (age > SMSD_CHECKED_MS) {
        text_add(sentence, "短信等了 %" PRId64 " 分钟没有发出，请检查短信猫、手机卡和信号",
                 age / MS_PER_MINUTE);
        return false;
    }
    return true;
}

bool smsd_health_check(struct smsd_health *health, const struct sms_settings *settings, ms_t wall)
{
    struct text sentence = text_over(health->text, sizeof health->text);
    return can_use_folders(settings, &sentence) && check_troubles(health, &sentence) &&
           check_ages(settings, wall, &sentence);
}
