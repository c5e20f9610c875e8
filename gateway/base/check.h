/* check.h - CHECK stops the process at a bug.
 *
 * It stays on in release builds. It is never used on input from a wire, a file, a person or a
 * database: those are values or errors. systemd restarts the process and the state is restored. */
#pragma once

#include <stdbool.h>

#define CHECK(condition) ((condition) ? (void) 0 : check_failed(#condition, __FILE__, __LINE__))

/* The caller must use the result of such a function. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* A large local that is written before it is read. Release builds fill every local with zeros,
 * which costs more than the work in the few places that millions of readings pass. */
#define UNINITIALIZED __attribute__((uninitialized))

/* printf-style functions: `format_index` is the number of the format parameter, from 1. */
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))

/* Prints the sentence to stderr and aborts. */
_Noreturn void check_failed(const char *condition, const char *file, int line);
