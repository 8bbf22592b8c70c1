#include "life_model.h"

#define NOT_FOUND ((HRESULT)0x80190194)
#define BUSY      ((HRESULT)0x801901F7)

struct model model;

static uint64_t utc(void)
{
    return model.clock->utc(model.clock);
}

void model_enter(enum job_state state)
{
    model.state = state;
    model.modification = utc();
    model.waited = 0;
    for (unsigned i = 0; i < FILES && state != JOB_TRANSFERRING; i++)
        model.file[i].is_coming = false;
}

void model_fail(enum job_state state, HRESULT error)
{
    model_enter(state);
    model.error = error;
    model.error_count++;
}

unsigned model_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < model.files; i++)
        count += model.file[i].is_there;
    return count;
}

bool model_is_dead(void)
{
    return model.state == JOB_ACKNOWLEDGED || model.state == JOB_CANCELLED;
}

uint64_t model_bytes(void)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < model.files; i++)
        bytes += model.file[i].is_there ? FILE_SIZE : model.file[i].bytes;
    return bytes;
}

/* Each request brings so much, then no more. */
static void model_stall(void)
{
    for (unsigned i = 0; i < model.files; i++) {
        struct model_file *file = &model.file[i];
        if (file->is_there || file->is_coming)
            continue;
        file->is_coming = true;
        file->bytes += BYTES_BEFORE_STALL;
        model.modification = utc();
    }
}

void model_run(void)
{
    if (model.state != JOB_QUEUED && model.state != JOB_TRANSFERRING)
        return;
    if (model_count() < model.files) {
        if (model.state == JOB_QUEUED)
            model_enter(JOB_TRANSFERRING);
        model.error = S_OK;
        if (model.server == SERVER_STALLED) {
            model_stall();
            return;
        }
        if (model.server == SERVER_BUSY) {
            model_fail(JOB_TRANSIENT_ERROR, BUSY);
            return;
        }
        if (model.server == SERVER_WITHOUT_FILES) {
            model_fail(JOB_ERROR, NOT_FOUND);
            return;
        }
        for (unsigned i = 0; i < model.files; i++)
            model.file[i].is_there = true;
    }
    model_enter(JOB_TRANSFERRED);
    model.error = S_OK;
    model.completion = utc();
}
