/* Inbound files: replies of people, and status reports (smsd may put both into incoming). */
#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/io/sms/smsd_parts.h"

static uint64_t hash_file_name(const char *name)
{
    return hash_64(HASH64_START, name, strlen(name));
}

static bool is_handled_file(const struct smsd *smsd, const char *name)
{
    uint64_t hash = hash_file_name(name);
    for (size_t i = 0; i < SMSD_HANDLED_MAX && i < smsd->handled_count; i++) {
        if (smsd->handled[i] == hash) {
            return true;
        }
    }
    return false;
}

static void offer_smsd_reply(struct smsd *smsd, const char *name, const struct smsd_file *file)
{
    char key[MESSAGE_KEY_MAX];
    smsd_file_key(file, name, key);
    if (!smsd->callbacks.on_reply(smsd->callbacks.context, file->from, file->text, key)) {
        smsd->has_waiting_reply = true;
        return;
    }
    /* A file that we may not delete would be offered again with each sweep: remember its name. */
    if (!smsd_health_remove(&smsd->health, smsd->settings.incoming, name)) {
        smsd->handled[smsd->handled_count % SMSD_HANDLED_MAX] = hash_file_name(name);
        smsd->handled_count++;
    }
}

void smsd_take_inbound(struct smsd *smsd, const char *directory, const char *name)
{
    size_t length = strlen(name);
    bool is_lock = length > 5 && strcmp(name + length - 5, ".LOCK") == 0;
    struct smsd_file file;
    if (is_handled_file(smsd, name)) {
        (void) smsd_health_remove(&smsd->health, directory, name);
        return;
    }
    if (is_lock || !smsd_read_file(directory, name, &file)) {
        return;
    }
    if (file.is_report) {
        smsd_take_report(smsd, directory, name, &file);
    } else if (directory == smsd->settings.incoming && file.from[0] != '\0') {
        offer_smsd_reply(smsd, name, &file);
    }
}
