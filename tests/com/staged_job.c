#include "staged_job.h"

#include <stdio.h>
#include <string.h>

/* What the jobs' files are. */
static struct {
    struct memory_resource *small, *gated, *busy, *gone;
    struct file_ops file_ops; /* the system's, but for one gate */
    bool is_delivery_gated;
    HANDLE at_delivery, delivery_gate;
    unsigned names;
} stages;

static const struct {
    const char *name;
    BG_JOB_STATE state;
} facts[STAGE_COUNT] = {
    [STAGE_EMPTY] = {"SUSPENDED without files", BG_JOB_STATE_SUSPENDED},
    [STAGE_SUSPENDED] = {"SUSPENDED", BG_JOB_STATE_SUSPENDED},
    [STAGE_QUEUED] = {"QUEUED", BG_JOB_STATE_QUEUED},
    [STAGE_TRANSFERRING] = {"TRANSFERRING", BG_JOB_STATE_TRANSFERRING},
    [STAGE_TRANSIENT_ERROR] = {"TRANSIENT_ERROR", BG_JOB_STATE_TRANSIENT_ERROR},
    [STAGE_ERROR] = {"ERROR", BG_JOB_STATE_ERROR},
    [STAGE_TRANSFERRED] = {"TRANSFERRED", BG_JOB_STATE_TRANSFERRED},
    [STAGE_ACKNOWLEDGED] = {"ACKNOWLEDGED", BG_JOB_STATE_ACKNOWLEDGED},
    [STAGE_CANCELLED] = {"CANCELLED", BG_JOB_STATE_CANCELLED},
    [STAGE_COMPLETING] = {"TRANSFERRED while Complete is under way", BG_JOB_STATE_TRANSFERRED},
    [STAGE_COMPLETING_PART] = {"TRANSFERRING while Complete is under way", BG_JOB_STATE_TRANSFERRING},
};

const char *stage_name(enum stage stage)
{
    return facts[stage].name;
}

BG_JOB_STATE stage_state(enum stage stage)
{
    return facts[stage].state;
}

static HRESULT deliver_at_the_gate(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                                   const char16_t *target, const struct closed_file *closed)
{
    (void)ops;
    if (stages.is_delivery_gated) {
        SetEvent(stages.at_delivery);
        (void)WaitForSingleObject(stages.delivery_gate, ENV_LIMIT_MS);
    }
    struct file_ops *system = file_ops_system();
    return system->deliver(system, shared, temporary, target, closed);
}

void stage_open(void)
{
    memset(&stages, 0, sizeof(stages));
    stages.small = memory_http_add(&env.http, u"small", 1000, 1);
    stages.gated = memory_http_add(&env.http, u"gated", 300000, 2);
    stages.gated->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    stages.gated->gate_at = 100;
    stages.busy = memory_http_add(&env.http, u"busy", 1000, 3);
    stages.busy->status = 503;
    stages.gone = memory_http_add(&env.http, u"gone", 1000, 4);
    stages.gone->status = 404;
    stages.at_delivery = CreateEventW(NULL, FALSE, FALSE, NULL);
    stages.delivery_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    stages.file_ops = *file_ops_system();
    stages.file_ops.deliver = deliver_at_the_gate;
    env.file_ops = &stages.file_ops;
}

void stage_close(void)
{
    CloseHandle(stages.gated->gate);
    CloseHandle(stages.at_delivery);
    CloseHandle(stages.delivery_gate);
}

const WCHAR *stage_new_path(void)
{
    WCHAR name[16];
    (void)swprintf(name, ARRAYSIZE(name), L"f%u", stages.names++);
    return env_path(name);
}

static void hold_engine(void)
{
    assert_true(fake_clock_hold(&env.clock, ENV_LIMIT_MS));
}

static void show_faces(struct staged_job *staged, IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    staged->job = env_face(job, &IID_IBackgroundCopyJob5);
    staged->http_options = env_face(job, &IID_IBackgroundCopyJobHttpOptions);
    staged->delivery = env_face(job, &IID_IDeliveryOptimizationJob);
    staged->delivery2 = env_face(job, &IID_IDeliveryOptimizationJob2);
    if (staged->stage == STAGE_EMPTY)
        return;
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    IEnumBackgroundCopyFiles_Release(files);
    staged->file = env_face(file, &IID_IBackgroundCopyFile5);
    staged->delivery_file = env_face(file, &IID_IDeliveryOptimizationFile);
    staged->delivery_file2 = env_face(file, &IID_IDeliveryOptimizationFile2);
}

static const struct memory_resource *resource_of(enum stage stage)
{
    switch (stage) {
    case STAGE_TRANSFERRING: return stages.gated;
    case STAGE_TRANSIENT_ERROR: return stages.busy;
    case STAGE_ERROR: return stages.gone;
    default: return stages.small;
    }
}

static bool is_at_the_gate(void *context)
{
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress((IBackgroundCopyJob *)context, &progress), S_OK);
    return progress.BytesTransferred == 100;
}

static bool has_one_file(void *context)
{
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress((IBackgroundCopyJob *)context, &progress), S_OK);
    return progress.FilesTransferred == 1 && progress.BytesTransferred == stages.small->size + 100;
}

static DWORD WINAPI complete(void *job)
{
    return (DWORD)IBackgroundCopyJob_Complete((IBackgroundCopyJob *)job);
}

static void begin_complete(struct staged_job *staged)
{
    stages.is_delivery_gated = true;
    staged->completing = CreateThread(NULL, 0, complete, staged->job, 0, NULL);
    assert_non_null(staged->completing);
    assert_int_equal(WaitForSingleObject(stages.at_delivery, ENV_LIMIT_MS), WAIT_OBJECT_0);
}

/* From SUSPENDED with its file. */
static void go_to_stage(struct staged_job *staged, IBackgroundCopyJob *job)
{
    switch (staged->stage) {
    case STAGE_QUEUED:
        hold_engine();
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
        break;
    case STAGE_TRANSFERRING:
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
        env_until(is_at_the_gate, job, "the bytes before the gate");
        break;
    case STAGE_TRANSIENT_ERROR:
    case STAGE_ERROR:
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
        env_await_state(job, stage_state(staged->stage));
        break;
    case STAGE_TRANSFERRED:
    case STAGE_ACKNOWLEDGED:
    case STAGE_COMPLETING:
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
        env_await_state(job, BG_JOB_STATE_TRANSFERRED);
        if (staged->stage == STAGE_ACKNOWLEDGED)
            assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
        if (staged->stage == STAGE_COMPLETING)
            begin_complete(staged);
        break;
    case STAGE_COMPLETING_PART:
        assert_hr(IBackgroundCopyJob_AddFile(job, stages.gated->url, stage_new_path()), S_OK);
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
        env_until(has_one_file, job, "the first file and the bytes before the gate");
        begin_complete(staged);
        break;
    case STAGE_CANCELLED: assert_hr(IBackgroundCopyJob_Cancel(job), S_OK); break;
    default: break;
    }
}

void stage_job(IBackgroundCopyManager *manager, enum stage stage, struct staged_job *staged)
{
    IBackgroundCopyJob *job = env_job(manager);
    memset(staged, 0, sizeof(*staged));
    staged->stage = stage;
    if (stage != STAGE_EMPTY)
        assert_hr(IBackgroundCopyJob_AddFile(job, resource_of(stage)->url, stage_new_path()), S_OK);
    show_faces(staged, job);
    go_to_stage(staged, job);
    if (stage != STAGE_QUEUED)
        hold_engine();
    assert_int_equal(env_state(job), stage_state(stage));
    BG_JOB_TIMES times;
    assert_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK); /* bytes that have come are dated by a look at them */
}

static bool is_network_quiet(void *context)
{
    (void)context;
    lock_acquire(&env.http.lock);
    bool is_quiet = env.http.open_exchanges == 0;
    lock_release(&env.http.lock);
    return is_quiet;
}

void stage_drop(struct staged_job *staged)
{
    if (staged->completing) {
        DWORD answer = 1;
        stages.is_delivery_gated = false;
        SetEvent(stages.delivery_gate);
        assert_int_equal(WaitForSingleObject(staged->completing, ENV_LIMIT_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(staged->completing, &answer));
        /* Whatever was called meanwhile. */
        assert_hr((HRESULT)answer, staged->stage == STAGE_COMPLETING ? S_OK : BG_S_PARTIAL_COMPLETE);
        CloseHandle(staged->completing);
        ResetEvent(stages.delivery_gate);
    }
    (void)IBackgroundCopyJob5_Cancel(staged->job); /* refused where the job is over */
    fake_clock_let_go(&env.clock);
    SetEvent(stages.gated->gate);
    env_until(is_network_quiet, NULL, "the end of the transfers");
    ResetEvent(stages.gated->gate);
    if (staged->file)
        IBackgroundCopyFile5_Release(staged->file);
    IBackgroundCopyJob5_Release(staged->job);
}
