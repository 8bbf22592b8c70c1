#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <objbase.h>

const wchar_t options_help[] =
    L"doctl - downloads through the Delivery Optimization API\n"
    L"\n"
    L"usage: doctl download [--name NAME] [--keep] [--progress=HOW] URL FILE [URL FILE ...]\n"
    L"       doctl list\n"
    L"       doctl resume [--keep] [--progress=HOW] ID\n"
    L"       doctl suspend|complete|cancel ID\n"
    L"       doctl --help | --version\n"
    L"\n"
    L"  download  fetches all URLs as one job and gives the files their names when all have arrived\n"
    L"  list      shows each of your jobs in the queue: ID, state, progress, name\n"
    L"  resume    goes on with a job that is in the queue, and waits for it as download does\n"
    L"  suspend   stops a job; it stays in the queue\n"
    L"  complete  takes the files that have arrived and drops the rest of the job\n"
    L"  cancel    removes a job and what it has downloaded\n"
    L"\n"
    L"  --name NAME     the job's name in the list; otherwise the name of the first file\n"
    L"  --keep          a job that was interrupted or failed stays in the queue, suspended, for resume;\n"
    L"                  otherwise it is cancelled\n"
    L"  --progress=HOW  auto: a bar on a terminal, else lines (the default); bar; lines; none\n"
    L"\n"
    L"Ctrl-C interrupts a download. Nothing is downloaded while no program uses the queue.\n"
    L"\n"
    L"Exit codes:\n"
    L"  0    done\n"
    L"  1    the command line is wrong\n"
    L"  2    the download failed, or the command could not be carried out\n"
    L"  3    the service is not available: not registered, or its queue is in use by another program\n"
    L"  130  interrupted\n";

static const struct {
    const wchar_t *name;
    enum command command;
    bool takes_id;
    bool takes_progress; /* and --keep */
} commands[] = {
    {L"download", COMMAND_DOWNLOAD, false, true}, {L"list", COMMAND_LIST, false, false},
    {L"resume", COMMAND_RESUME, true, true},      {L"suspend", COMMAND_SUSPEND, true, false},
    {L"complete", COMMAND_COMPLETE, true, false}, {L"cancel", COMMAND_CANCEL, true, false},
    {L"--help", COMMAND_HELP, false, false},      {L"-h", COMMAND_HELP, false, false},
    {L"help", COMMAND_HELP, false, false},        {L"--version", COMMAND_VERSION, false, false},
};

static bool refuse(wchar_t problem[OPTIONS_PROBLEM_SIZE], const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    /* An argument that is too long for it leaves no text at all. */
    if (vswprintf(problem, OPTIONS_PROBLEM_SIZE, format, arguments) < 0) {
        static const wchar_t text[] = L"an argument makes no sense";
        memcpy(problem, text, sizeof(text));
    }
    va_end(arguments);
    return false;
}

static bool parse_progress(const wchar_t *text, enum progress_style *style)
{
    static const struct {
        const wchar_t *name;
        enum progress_style style;
    } styles[] = {
        {L"auto", PROGRESS_AUTO}, {L"bar", PROGRESS_BAR}, {L"lines", PROGRESS_LINES}, {L"none", PROGRESS_NONE}};
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        if (wcscmp(text, styles[i].name) == 0) {
            *style = styles[i].style;
            return true;
        }
    }
    return false;
}

/* With braces, as COM writes it, or without. */
static bool parse_id(const wchar_t *text, GUID *id)
{
    wchar_t braced[39];
    if (text[0] != L'{' && wcslen(text) == 36) {
        swprintf(braced, sizeof braced / sizeof braced[0], L"{%ls}", text);
        text = braced;
    }
    return SUCCEEDED(IIDFromString(text, id));
}

/* Takes the option at argv[*at], and its value, if it is one that the command knows. */
static bool parse_option(struct options *options, size_t command, int argc, wchar_t **argv, int *at,
                         wchar_t problem[OPTIONS_PROBLEM_SIZE])
{
    static const wchar_t progress[] = L"--progress=";
    static const wchar_t name[] = L"--name=";
    const wchar_t *option = argv[*at];
    if (commands[command].takes_progress && wcscmp(option, L"--keep") == 0) {
        options->keep = true;
        return true;
    }
    if (commands[command].takes_progress && wcsncmp(option, progress, wcslen(progress)) == 0) {
        return parse_progress(option + wcslen(progress), &options->progress) ||
               refuse(problem, L"--progress is auto, bar, lines or none");
    }
    if (commands[command].command == COMMAND_DOWNLOAD && wcsncmp(option, name, wcslen(name)) == 0) {
        options->name = option + wcslen(name);
        return true;
    }
    if (commands[command].command == COMMAND_DOWNLOAD && wcscmp(option, L"--name") == 0) {
        if (*at + 1 == argc) {
            return refuse(problem, L"--name needs a name");
        }
        *at += 1;
        options->name = argv[*at];
        return true;
    }
    return refuse(problem, L"%ls has no option %ls", commands[command].name, option);
}

static bool parse_operands(struct options *options, size_t command, wchar_t **operands, int count,
                           wchar_t problem[OPTIONS_PROBLEM_SIZE])
{
    if (commands[command].command == COMMAND_DOWNLOAD) {
        if (count == 0 || count % 2 != 0) {
            return refuse(problem, L"download needs a FILE for each URL");
        }
        options->pairs = operands;
        options->pair_count = (size_t)count / 2;
        return true;
    }
    if (commands[command].takes_id) {
        if (count != 1) {
            return refuse(problem, L"%ls needs the ID of one job", commands[command].name);
        }
        return parse_id(operands[0], &options->job_id) || refuse(problem, L"%ls is no job ID", operands[0]);
    }
    return count == 0 || refuse(problem, L"%ls takes no arguments", commands[command].name);
}

bool options_parse(struct options *options, int argc, wchar_t **argv, wchar_t problem[OPTIONS_PROBLEM_SIZE])
{
    size_t command = 0;
    int operands = 2;
    *options = (struct options){.progress = PROGRESS_AUTO};
    if (argc < 2) {
        return refuse(problem, L"no command");
    }
    while (wcscmp(argv[1], commands[command].name) != 0) {
        if (++command == sizeof commands / sizeof commands[0]) {
            return refuse(problem, L"no command %ls", argv[1]);
        }
    }
    options->command = commands[command].command;
    for (int at = 2; at < argc; at++) {
        if (wcscmp(argv[at], L"--") == 0) {
            while (++at < argc) {
                argv[operands++] = argv[at];
            }
        } else if (argv[at][0] != L'-') {
            argv[operands++] = argv[at];
        } else if (!parse_option(options, command, argc, argv, &at, problem)) {
            return false;
        }
    }
    return parse_operands(options, command, argv + 2, operands - 2, problem);
}
