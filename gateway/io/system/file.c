#include "gateway/io/system/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool file_read(const char *path, char **ret_text, struct error *error)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return error_set_errno(error, errno, "cannot read '%s'", path);
    }
    char *text = malloc(FILE_READ_MAX + 1);
    CHECK(text != NULL);
    size_t length = fread(text, 1, FILE_READ_MAX, file);
    bool is_read = ferror(file) == 0 && length > 0;
    (void) fclose(file);
    text[length] = '\0';
    if (!is_read) {
        free(text);
        return error_set(error, "cannot read '%s': it is empty or damaged", path);
    }
    *ret_text = text;
    return true;
}
