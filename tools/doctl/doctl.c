/* doctl: downloads from the command line. A client of the COM API like any other: it sees the public headers alone. */
#include "download.h"
#include "failure.h"
#include "options.h"
#include "output.h"

#include <wchar.h>

/* MinGW's start-up code would take a URL's '?' and '*' for wildcards. */
extern int _dowildcard;
int _dowildcard = 0;

static const wchar_t *state_name(BG_JOB_STATE state)
{
    static const wchar_t *const names[] = {
        [BG_JOB_STATE_QUEUED] = L"queued",
        [BG_JOB_STATE_CONNECTING] = L"connecting",
        [BG_JOB_STATE_TRANSFERRING] = L"transferring",
        [BG_JOB_STATE_SUSPENDED] = L"suspended",
        [BG_JOB_STATE_ERROR] = L"error",
        [BG_JOB_STATE_TRANSIENT_ERROR] = L"waiting",
        [BG_JOB_STATE_TRANSFERRED] = L"transferred",
        [BG_JOB_STATE_ACKNOWLEDGED] = L"completed",
        [BG_JOB_STATE_CANCELLED] = L"cancelled",
    };
    return (size_t)state < sizeof names / sizeof names[0] ? names[state] : L"?";
}

static HRESULT print_job(IBackgroundCopyJob *job)
{
    wchar_t id[JOB_ID_SIZE];
    BG_JOB_STATE state;
    BG_JOB_PROGRESS progress;
    wchar_t *name = NULL;
    char text[128];
    HRESULT hr = IBackgroundCopyJob_GetState(job, &state);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_GetProgress(job, &progress);
    }
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyJob_GetDisplayName(job, &name);
    }
    if (FAILED(hr)) {
        return hr;
    }
    format_job_id(job, id);
    struct progress_view view = {
        .bytes_transferred = progress.BytesTransferred,
        .bytes_total = progress.BytesTotal == BG_SIZE_UNKNOWN ? PROGRESS_UNKNOWN : progress.BytesTotal,
        .files_transferred = progress.FilesTransferred,
        .files_total = progress.FilesTotal,
        .rate = PROGRESS_UNKNOWN,
    };
    progress_format_plain(text, sizeof text, &view);
    output_print(OUTPUT_RESULT, L"%ls  %-12ls  %hs  %ls\n", id, state_name(state), text, name);
    CoTaskMemFree(name);
    return S_OK;
}

static enum exit_code command_list(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job = NULL;
    bool is_empty = true;
    HRESULT hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"cannot list the jobs");
    }
    while (SUCCEEDED(hr) && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK) {
        is_empty = false;
        hr = print_job(job);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"cannot ask a job for its state");
    }
    if (is_empty) {
        output_print(OUTPUT_ERROR, L"no jobs\n");
    }
    return EXIT_DONE;
}

static enum exit_code command_suspend(IBackgroundCopyManager *manager, IBackgroundCopyJob *job)
{
    HRESULT hr = IBackgroundCopyJob_Suspend(job);
    return FAILED(hr) ? failure_report(manager, hr, L"cannot suspend the job") : EXIT_DONE;
}

static enum exit_code command_complete(IBackgroundCopyManager *manager, IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};
    IBackgroundCopyJob_GetProgress(job, &progress);
    HRESULT hr = IBackgroundCopyJob_Complete(job);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"cannot complete the job");
    }
    output_print(OUTPUT_RESULT, L"%lu of %lu files delivered\n", progress.FilesTransferred, progress.FilesTotal);
    return EXIT_DONE;
}

static enum exit_code command_cancel(IBackgroundCopyManager *manager, IBackgroundCopyJob *job)
{
    HRESULT hr = IBackgroundCopyJob_Cancel(job);
    return FAILED(hr) ? failure_report(manager, hr, L"cannot cancel the job") : EXIT_DONE;
}

/* The commands that do one thing to one job. */
static enum exit_code command_job(IBackgroundCopyManager *manager, const struct options *options)
{
    IBackgroundCopyJob *job = NULL;
    enum exit_code code;
    HRESULT hr = IBackgroundCopyManager_GetJob(manager, &options->job_id, &job);
    if (FAILED(hr)) {
        return failure_report(manager, hr, L"cannot find the job");
    }
    switch (options->command) {
    case COMMAND_SUSPEND: code = command_suspend(manager, job); break;
    case COMMAND_COMPLETE: code = command_complete(manager, job); break;
    default: code = command_cancel(manager, job); break;
    }
    IBackgroundCopyJob_Release(job);
    return code;
}

static enum exit_code run_command(const struct options *options)
{
    IBackgroundCopyManager *manager = NULL;
    enum exit_code code;
    HRESULT hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                                  (void **)&manager);
    if (FAILED(hr)) {
        return failure_report(NULL, hr, L"the service is not available");
    }
    switch (options->command) {
    case COMMAND_DOWNLOAD: code = command_download(manager, options); break;
    case COMMAND_RESUME: code = command_resume(manager, options); break;
    case COMMAND_LIST: code = command_list(manager); break;
    default: code = command_job(manager, options); break;
    }
    IBackgroundCopyManager_Release(manager);
    return code;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    struct options options;
    wchar_t problem[OPTIONS_PROBLEM_SIZE];
    if (!options_parse(&options, argc, argv, problem)) {
        output_print(OUTPUT_ERROR, L"doctl: %ls\nTry doctl --help.\n", problem);
        return EXIT_USAGE;
    }
    if (options.command == COMMAND_HELP) {
        output_print(OUTPUT_RESULT, L"%ls", options_help);
        return EXIT_DONE;
    }
    if (options.command == COMMAND_VERSION) {
        output_print(OUTPUT_RESULT, L"doctl %hs\n", DOCTL_VERSION);
        return EXIT_DONE;
    }
    /* In the multithreaded apartment notifications come without a message loop. */
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr)) {
        return failure_report(NULL, hr, L"COM cannot be initialised");
    }
    enum exit_code code = run_command(&options);
    CoUninitialize();
    return code;
}
