/* replay.c - an ordinary main for a fuzz target: runs it over every file of a corpus folder, so
 * that each input that once mattered is tried in every test run, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int replay_file(const char *folder, const char *name)
{
    char path[4096]; /* PATH_MAX */
    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return 0;
    }
    static uint8_t bytes[1 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    (void) fclose(file);
    (void) LLVMFuzzerTestOneInput(bytes, length);
    return 1;
}

int main(int count, char **arguments)
{
    DIR *folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (folder == NULL) {
        (void) fprintf(stderr, "usage: %s CORPUS_FOLDER\n", arguments[0]);
        return 2;
    }
    int files = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            files += replay_file(arguments[1], entry->d_name);
        }
    }
    (void) closedir(folder);
    (void) printf("%d inputs replayed\n", files);
    return files > 0 ? 0 : 1;
}
