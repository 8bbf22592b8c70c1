/* Text for the user: UTF-16 to a console, UTF-8 to a pipe or a file. From one thread only. */
#ifndef DOCTL_OUTPUT_H
#define DOCTL_OUTPUT_H

#include <stdbool.h>
#include <wchar.h>

enum output_stream { OUTPUT_RESULT, OUTPUT_ERROR }; /* standard output, standard error */

/* printf with wide strings (%ls). Control characters other than a line's end become '?': names and descriptions come
 * from elsewhere and must not command the terminal. Takes the live line away first. */
void output_print(enum output_stream stream, const wchar_t *format, ...);

bool output_is_console(enum output_stream stream);

/* The number of characters that the live line may have. */
unsigned output_line_width(void);

/* Shows `text` (ASCII, no longer than output_line_width) as the last line of standard output, in place of the one
 * before. */
void output_live_line(const char *text);

#endif
