/* The books of one file: what it has, what is under way, how large it is. Memory only; the model lock is held. */
#include "deliveryoptimizationerrors.h"
#include "job_model.h"
#include "memory.h"

static void append_work(struct job_file *file)
{
    struct job *job = file->job;
    file->work->previous = job->working_last;
    file->work->next = NULL;
    if (job->working_last)
        job->working_last->work->next = file;
    else
        job->working_first = file;
    job->working_last = file;
}

static void remove_work(struct job_file *file)
{
    struct job *job = file->job;
    struct file_work *work = file->work;
    if (work->previous)
        work->previous->work->next = work->next;
    else
        job->working_first = work->next;
    if (work->next)
        work->next->work->previous = work->previous;
    else
        job->working_last = work->previous;
}

bool job_file_begin_work(struct job_file *file)
{
    if (file->work)
        return true;
    file->work = mem_alloc(sizeof *file->work);
    if (!file->work)
        return false;
    append_work(file);
    return true;
}

bool job_file_may_have_temporary(struct job_file *file)
{
    if (file->work && file->work->sink && sink_has_file(file->work->sink)) {
        file->may_have_temporary = true;
        file->temporary_identity = sink_identity(file->work->sink);
    }
    return file->may_have_temporary;
}

void job_file_end_work(struct job_file *file)
{
    struct file_work *work = file->work;
    (void)job_file_may_have_temporary(file);
    remove_work(file);
    range_set_clear(&work->have);
    range_set_clear(&work->assigned);
    if (work->sink)
        sink_release(work->sink);
    mem_free(work->answered_by);
    mem_free(work);
    file->work = NULL;
}

void job_file_rotate_work(struct job_file *file)
{
    remove_work(file);
    append_work(file);
}

void job_add_size(struct job *job, uint64_t size)
{
    if (size == SIZE_UNKNOWN) {
        job->sizes_unknown++;
    } else {
        job->bytes_total += size;
        job->bytes_carried += job->bytes_total < size;
    }
}

static void take_size(struct job *job, uint64_t size)
{
    if (size == SIZE_UNKNOWN) {
        job->sizes_unknown--;
    } else {
        job->bytes_carried -= job->bytes_total < size;
        job->bytes_total -= size;
    }
}

uint64_t job_bytes_total(const struct job *job)
{
    bool is_beyond = job->bytes_carried || job->bytes_total == SIZE_UNKNOWN;
    return is_beyond ? SIZE_UNKNOWN - 1 : job->bytes_total;
}

static void set_local_size(struct job_file *file, uint64_t size)
{
    take_size(file->job, file->local_size);
    file->local_size = size;
    job_add_size(file->job, size);
}

void job_file_expect_size(struct job_file *file, uint64_t local_size)
{
    set_local_size(file, local_size);
}

HRESULT job_file_set_remote_total(struct job_file *file, uint64_t total)
{
    if (total != SIZE_UNKNOWN && file->declared_size != SIZE_UNKNOWN && file->declared_size != total)
        return DO_E_HTTP_BLOCKSIZE_MISMATCH;
    uint64_t local_size = SIZE_UNKNOWN;
    HRESULT hr = range_layout_local_size(file->wanted, file->wanted_count, total, &local_size);
    if (FAILED(hr))
        return hr;
    file->remote_total = total;
    set_local_size(file, local_size);
    return S_OK;
}

void job_file_fold(struct job_file *file, struct flight *flight, bool is_cut_short)
{
    struct file_work *work = file->work;
    if (flight->is_folded)
        return;
    flight->is_folded = true;
    uint64_t start = flight->transfer.local_first;
    uint64_t written = atomic_load(&flight->transfer.written);
    uint64_t before = work->have.total;
    /* Without memory the bytes are simply not counted and are fetched again. */
    (void)range_set_add(&work->have, start, start + written);
    file->job->bytes_had += work->have.total - before;
    if (work->have.total > before)
        work->was_away = false;
    if (is_cut_short && work->mode != FILE_MODE_SEGMENTS)
        work->is_broken = true;
    if (work->have.total > work->high_water) {
        work->high_water = work->have.total;
        work->restarts = 0;
        file->job->attempt = 0;
    }
    /* What this flight did not bring is free to be asked for again. */
    range_set_clear(&work->assigned);
    (void)range_set_copy(&work->assigned, &work->have);
    for (struct flight *other = work->flights; other; other = other->next) {
        if (!other->is_folded)
            (void)range_set_add(&work->assigned, other->transfer.local_first, other->claim_end);
    }
}

const char16_t *job_file_way(const struct job_file *file)
{
    const char16_t *answerer = job_file_answerer(file);
    if (answerer)
        return answerer;
    return file->led_to ? file->led_to : file->url;
}

const char16_t *job_file_answerer(const struct job_file *file)
{
    return file->work && !file->work->is_way_doubtful ? file->work->answered_by : NULL;
}

void job_file_forget_way(struct job_file *file)
{
    mem_free(file->led_to);
    file->led_to = NULL;
    if (!file->work)
        return;
    mem_free(file->work->answered_by);
    file->work->answered_by = NULL;
    file->work->is_way_doubtful = false;
}

/* As before a server was asked. */
static void forget_remote(struct job_file *file)
{
    file->last_modified = 0;
    file->written_at = 0;
    (void)job_file_set_remote_total(file, SIZE_UNKNOWN);
    if (file->declared_size != SIZE_UNKNOWN)
        (void)job_file_set_remote_total(file, file->declared_size);
    file->remote_total = SIZE_UNKNOWN;
}

void job_file_forget(struct job_file *file)
{
    struct file_work *work = file->work;
    file->discards++;
    file->job->bytes_had -= work->have.total;
    range_set_clear(&work->have);
    range_set_clear(&work->assigned);
    mem_free(work->answered_by);
    work->answered_by = NULL;
    work->is_way_doubtful = false;
    work->has_validator = false;
    work->is_broken = false;
    work->mode = FILE_MODE_FIRST;
    forget_remote(file);
}

bool job_file_is_unidentified(const struct job_file *file)
{
    const struct file_work *work = file->work;
    return work && !work->has_validator && work->mode != FILE_MODE_SEGMENTS && work->have.total &&
           !job_file_is_whole(file);
}

bool job_file_is_whole(const struct job_file *file)
{
    return file->local_size != SIZE_UNKNOWN && file->work && file->work->have.total == file->local_size &&
           (file->remote_total != SIZE_UNKNOWN || file->local_size > 0);
}

void job_file_set_status(struct job_file *file, enum file_status status)
{
    struct job *job = file->job;
    if (file->status == FILE_PENDING && status != FILE_PENDING)
        job->files_transferred++;
    if (file->status != FILE_PENDING && status == FILE_PENDING)
        job->files_transferred--;
    file->status = status;
}

void job_file_discard(struct job_file *file)
{
    struct job *job = file->job;
    job->bytes_had -= file->local_size;
    job_file_set_status(file, FILE_PENDING);
    forget_remote(file);
    file->discards++;
    file->may_have_temporary = true;
    job->first_pending = 0; /* it is found from there */
}

uint64_t job_file_bytes(const struct job_file *file)
{
    if (file->status != FILE_PENDING)
        return file->local_size;
    if (!file->work)
        return 0;
    uint64_t bytes = file->work->have.total;
    for (const struct flight *flight = file->work->flights; flight; flight = flight->next) {
        if (!flight->is_folded)
            bytes += atomic_load(&flight->transfer.written);
    }
    return bytes;
}

uint64_t job_bytes(const struct job *job)
{
    uint64_t bytes = job->bytes_had;
    for (const struct flight *flight = job->flights; flight; flight = flight->next_of_job) {
        if (!flight->is_folded)
            bytes += atomic_load(&flight->transfer.written);
    }
    return bytes;
}

void job_see_bytes(struct job *job, uint64_t utc)
{
    uint64_t bytes = job_bytes(job);
    if (bytes > job->bytes_seen)
        job->modified_at = utc;
    job->bytes_seen = bytes;
}

void job_file_change_source(struct job_file *file)
{
    struct file_work *work = file->work;
    if (!work)
        return;
    work->restarts = 0;
    if (work->mode != FILE_MODE_SEGMENTS || job_file_bytes(file) == 0)
        work->is_broken = true;
}
