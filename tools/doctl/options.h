/* The command line. */
#ifndef DOCTL_OPTIONS_H
#define DOCTL_OPTIONS_H

#include "progress.h"

#include <windows.h>

enum command {
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_DOWNLOAD,
    COMMAND_LIST,
    COMMAND_RESUME,
    COMMAND_SUSPEND,
    COMMAND_COMPLETE,
    COMMAND_CANCEL
};

struct options {
    enum command command;
    const wchar_t *name; /* --name; NULL: none given */
    enum progress_style progress;
    bool keep;
    GUID job_id;     /* of the commands that name a job */
    wchar_t **pairs; /* download: URL, FILE, URL, FILE ...; borrowed from argv */
    size_t pair_count;
};

#define OPTIONS_PROBLEM_SIZE 256

/* False, with the reason in `problem`, for a command line that makes no sense. Reorders argv: options go before the
 * rest. */
bool options_parse(struct options *options, int argc, wchar_t **argv, wchar_t problem[OPTIONS_PROBLEM_SIZE]);

/* What --help prints. */
extern const wchar_t options_help[];

#endif
