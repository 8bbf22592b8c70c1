/* What calls cost, and how that grows with the queue.
 *
 *   bench_scale rates dosvc|bits FOLDER COUNT   create <us a job> addfile <us a file> and, for dosvc, addset <us a file>
 *   bench_scale files URL FOLDER COUNT...       for each COUNT, ascending: addfile<n> enum<n> progress<n> <us>, heap<n> <bytes a file>
 *   bench_scale jobs URL FOLDER COUNT...        for each: createjob<n> getjob<n> listjobs<n> <us>
 *                                               both also: serve<n> <us from Resume to JobTransferred of a job with the small file of URL, while so many
 *                                               others rest>, servecpu<n> <us of this process for that>, idle<n> <us of this process in a second>
 *   bench_scale reopen                          open <s>: the queue that "files" left behind, then empties it
 *   bench_scale floor FOLDER COUNT              flush <us>: one of a new file of 16 KiB; move <s>: that many such hidden files renamed,
 *                                               the floor of Complete
 *
 * Prints one line of names and numbers. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SAMPLES        200u
#define CHUNK          1000u
#define SERVE_LIMIT_MS 60000u
#define SETTLE_MS      1000u
#define IDLE_MS        2000u

static IBackgroundCopyManager *manager;

static IBackgroundCopyJob *create_job(void)
{
    IBackgroundCopyJob *job;
    GUID id;
    bench_check(IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id, &job), "CreateJob");
    return job;
}

static void cancel_job(IBackgroundCopyJob *job)
{
    bench_check(IBackgroundCopyJob_Cancel(job), "Cancel");
    IBackgroundCopyJob_Release(job);
}

static double microseconds(double since, unsigned count)
{
    return (bench_now() - since) / count * 1e6;
}

/* Names that no file has had before in this process. */
static void name_file(const wchar_t *folder, wchar_t *url, wchar_t *path)
{
    static unsigned number;
    number++;
    swprintf(url, BENCH_TEXT, L"http://127.0.0.1:1/file/%u", number);
    swprintf(path, BENCH_TEXT, L"%ls\\scale-%u.bin", folder, number);
}

static void add_one_by_one(IBackgroundCopyJob *job, const wchar_t *folder, unsigned count)
{
    wchar_t url[BENCH_TEXT], path[BENCH_TEXT];
    for (unsigned i = 0; i < count; i++) {
        name_file(folder, url, path);
        bench_check(IBackgroundCopyJob_AddFile(job, url, path), "AddFile");
    }
}

static void add_set(IBackgroundCopyJob *job, const wchar_t *folder, unsigned count)
{
    wchar_t url[BENCH_TEXT], path[BENCH_TEXT];
    BG_FILE_INFO *set = malloc(count * sizeof(*set));
    for (unsigned i = 0; i < count; i++) {
        name_file(folder, url, path);
        set[i] = (BG_FILE_INFO){_wcsdup(url), _wcsdup(path)};
    }
    bench_check(IBackgroundCopyJob_AddFileSet(job, count, set), "AddFileSet");
    for (unsigned i = 0; i < count; i++) {
        free(set[i].RemoteName);
        free(set[i].LocalName);
    }
    free(set);
}

static void measure_rates(const char *who, const wchar_t *folder, unsigned count)
{
    IBackgroundCopyJob **jobs = malloc(count * sizeof(IBackgroundCopyJob *));
    manager = bench_manager(who);
    double started = bench_now();
    for (unsigned i = 0; i < count; i++)
        jobs[i] = create_job();
    printf("create %.2f ", microseconds(started, count));
    started = bench_now();
    add_one_by_one(jobs[0], folder, count);
    printf("addfile %.2f", microseconds(started, count));
    if (strcmp(who, "dosvc") == 0) {
        started = bench_now();
        add_set(jobs[1], folder, count);
        printf(" addset %.2f", microseconds(started, count));
    }
    printf("\n");
    for (unsigned i = 0; i < count; i++)
        cancel_job(jobs[i]);
    free(jobs);
}

static HANDLE job_ended;

static void note_end(bool is_failure)
{
    bench_check(is_failure ? E_FAIL : S_OK, "the transfer of a small file");
    SetEvent(job_ended);
}

/* Seconds from Resume to its end. */
static double serve_one(const wchar_t *url, const wchar_t *folder)
{
    wchar_t unused[BENCH_TEXT], path[BENCH_TEXT];
    IBackgroundCopyJob *job = create_job();
    name_file(folder, unused, path);
    bench_check(IBackgroundCopyJob_AddFile(job, url, path), "AddFile");
    bench_check(IBackgroundCopyJob_SetNotifyInterface(job, bench_callback(note_end)), "SetNotifyInterface");
    double started = bench_now();
    bench_check(IBackgroundCopyJob_Resume(job), "Resume");
    bench_check(WaitForSingleObject(job_ended, SERVE_LIMIT_MS) ? E_FAIL : S_OK, "a transfer, in time");
    double spent = bench_now() - started;
    bench_check(IBackgroundCopyJob_Complete(job), "Complete");
    IBackgroundCopyJob_Release(job);
    DeleteFileW(path); /* a folder that fills would cost time of its own */
    return spent;
}

static void measure_serving(const wchar_t *url, const wchar_t *folder, unsigned others)
{
    double latency = 0;
    if (!job_ended)
        job_ended = CreateEventW(NULL, FALSE, FALSE, NULL);
    double cpu = bench_cpu();
    for (unsigned i = 0; i < SAMPLES; i++)
        latency += serve_one(url, folder);
    printf("serve%u %.1f servecpu%u %.1f ", others, latency / SAMPLES * 1e6, others,
           (bench_cpu() - cpu) / SAMPLES * 1e6);
    Sleep(SETTLE_MS); /* what is left to do of the jobs before */
    cpu = bench_cpu();
    Sleep(IDLE_MS);
    printf("idle%u %.1f ", others, (bench_cpu() - cpu) / IDLE_MS * 1e9);
}

static void measure_files(const wchar_t *url, const wchar_t *folder, char **counts)
{
    manager = bench_manager("dosvc");
    measure_serving(url, folder, 0); /* what transfers need is there before memory is compared */
    IBackgroundCopyJob *job = create_job();
    unsigned have = 0;
    size_t empty = bench_private_bytes();
    for (; *counts; counts++) {
        unsigned wanted = (unsigned)atoi(*counts);
        for (unsigned more; have < wanted; have += more) {
            more = wanted - have < CHUNK ? wanted - have : CHUNK;
            add_set(job, folder, more);
        }
        printf("heap%u %.0f ", wanted, ((double)bench_private_bytes() - (double)empty) / have);
        double started = bench_now();
        add_one_by_one(job, folder, SAMPLES);
        printf("addfile%u %.2f ", wanted, microseconds(started, SAMPLES));
        have += SAMPLES;
        started = bench_now();
        IEnumBackgroundCopyFiles *files;
        bench_check(IBackgroundCopyJob_EnumFiles(job, &files), "EnumFiles");
        printf("enum%u %.3f ", wanted, microseconds(started, have));
        IEnumBackgroundCopyFiles_Release(files);
        started = bench_now();
        for (unsigned i = 0; i < SAMPLES; i++) {
            BG_JOB_PROGRESS progress;
            bench_check(IBackgroundCopyJob_GetProgress(job, &progress), "GetProgress");
        }
        printf("progress%u %.3f ", wanted, microseconds(started, SAMPLES));
        measure_serving(url, folder, wanted);
    }
    printf("\n");
    IBackgroundCopyJob_Release(job);
}

static void measure_jobs(const wchar_t *url, const wchar_t *folder, char **counts)
{
    unsigned have = 0;
    manager = bench_manager("dosvc");
    for (; *counts; counts++) {
        unsigned wanted = (unsigned)atoi(*counts);
        for (; have < wanted; have++)
            IBackgroundCopyJob_Release(create_job());
        GUID ids[SAMPLES];
        double started = bench_now();
        for (unsigned i = 0; i < SAMPLES; i++) {
            IBackgroundCopyJob *job;
            bench_check(IBackgroundCopyManager_CreateJob(manager, L"b", BG_JOB_TYPE_DOWNLOAD, &ids[i], &job),
                        "CreateJob");
            IBackgroundCopyJob_Release(job);
        }
        printf("createjob%u %.2f ", wanted, microseconds(started, SAMPLES));
        have += SAMPLES;
        started = bench_now();
        for (unsigned i = 0; i < SAMPLES; i++) {
            IBackgroundCopyJob *job;
            BG_JOB_STATE state;
            bench_check(IBackgroundCopyManager_GetJob(manager, &ids[i], &job), "GetJob");
            bench_check(IBackgroundCopyJob_GetState(job, &state), "GetState");
            IBackgroundCopyJob_Release(job);
        }
        printf("getjob%u %.3f ", wanted, microseconds(started, SAMPLES));
        started = bench_now();
        IEnumBackgroundCopyJobs *all;
        bench_check(IBackgroundCopyManager_EnumJobs(manager, 0, &all), "EnumJobs");
        printf("listjobs%u %.3f ", wanted, microseconds(started, have));
        IEnumBackgroundCopyJobs_Release(all);
        measure_serving(url, folder, wanted);
    }
    printf("\n");
}

static void measure_reopen(void)
{
    double started = bench_now();
    manager = bench_manager("dosvc");
    printf("open %.4f\n", bench_now() - started);
    IEnumBackgroundCopyJobs *all;
    IBackgroundCopyJob *job;
    bench_check(IBackgroundCopyManager_EnumJobs(manager, 0, &all), "EnumJobs");
    while (IEnumBackgroundCopyJobs_Next(all, 1, &job, NULL) == S_OK)
        cancel_job(job);
    IEnumBackgroundCopyJobs_Release(all);
}

/* Seconds that the flush took. */
static double make_hidden(const wchar_t *path)
{
    static const char content[16384];
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_HIDDEN, NULL);
    bench_check(file == INVALID_HANDLE_VALUE ? E_FAIL : S_OK, "CreateFile");
    bench_check(WriteFile(file, content, sizeof(content), &written, NULL) ? S_OK : E_FAIL, "WriteFile");
    double started = bench_now();
    bench_check(FlushFileBuffers(file) ? S_OK : E_FAIL, "FlushFileBuffers");
    double spent = bench_now() - started;
    CloseHandle(file);
    return spent;
}

static void measure_floor(const wchar_t *folder, unsigned count)
{
    wchar_t from[BENCH_TEXT], to[BENCH_TEXT];
    double flushing = 0;
    for (unsigned i = 0; i < count; i++) {
        swprintf(from, BENCH_TEXT, L"%ls\\DO%u.tmp", folder, i);
        flushing += make_hidden(from);
    }
    double started = bench_now();
    for (unsigned i = 0; i < count; i++) {
        swprintf(from, BENCH_TEXT, L"%ls\\DO%u.tmp", folder, i);
        swprintf(to, BENCH_TEXT, L"%ls\\moved-%u", folder, i);
        bench_check(MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ? S_OK : E_FAIL,
                    "MoveFileEx");
    }
    printf("flush %.1f move %.4f\n", flushing / count * 1e6, bench_now() - started);
}

/* The text at that place as wide characters; empty when there are not so many. */
static wchar_t *wide(int count, char **texts, int at)
{
    static wchar_t rooms[2][BENCH_TEXT];
    static unsigned number;
    wchar_t *text = rooms[number++ % ARRAYSIZE(rooms)];
    MultiByteToWideChar(CP_UTF8, 0, at < count ? texts[at] : "", -1, text, BENCH_TEXT);
    return text;
}

int main(int count, char **texts)
{
    const char *what = count > 1 ? texts[1] : "";
    if (strcmp(what, "rates") == 0 && count == 5)
        measure_rates(texts[2], wide(count, texts, 3), (unsigned)atoi(texts[4]));
    else if (strcmp(what, "files") == 0 && count > 4)
        measure_files(wide(count, texts, 2), wide(count, texts, 3), texts + 4);
    else if (strcmp(what, "jobs") == 0 && count > 4)
        measure_jobs(wide(count, texts, 2), wide(count, texts, 3), texts + 4);
    else if (strcmp(what, "reopen") == 0)
        measure_reopen();
    else if (strcmp(what, "floor") == 0 && count == 4)
        measure_floor(wide(count, texts, 2), (unsigned)atoi(texts[3]));
    else
        return 1;
    fflush(stdout);
    if (manager)
        IBackgroundCopyManager_Release(manager);
    return 0;
}
