#include "queue_row.h"

#include "local_path.h"
#include "property.h"
#include "url.h"
#include "utf16.h"

static bool text_fits(const char16_t *text, size_t limit)
{
    return !text || utf16_length_within(text, limit) <= limit;
}

static bool text_is_empty(const char16_t *text)
{
    return !text || !text[0];
}

/* A validator goes back to the server in a header: nothing in it may end that header. */
static bool is_header_value(const char16_t *text)
{
    if (!text_fits(text, QUEUE_VALIDATOR_MAX))
        return false;
    for (; text && *text; text++) {
        if (*text < 0x20 || *text == 0x7F)
            return false;
    }
    return true;
}

static HRESULT refuse(const wchar_t **fault, const wchar_t *reason)
{
    *fault = reason;
    return E_INVALIDARG;
}

HRESULT queue_row_check_job(const struct job_row *row, const wchar_t **fault)
{
    if (row->generation > QUEUE_GENERATION_MAX)
        return refuse(fault, L"unknown generation");
    if (text_is_empty(row->owner) || !text_fits(row->owner, QUEUE_OWNER_MAX))
        return refuse(fault, L"owner is no SID");
    if (!text_fits(row->display_name, QUEUE_DISPLAY_NAME_MAX) || !text_fits(row->description, QUEUE_DESCRIPTION_MAX))
        return refuse(fault, L"name or description too long");
    if (row->state > QUEUE_STATE_MAX || row->intent > QUEUE_INTENT_MAX || row->owed_event > QUEUE_OWED_EVENT_MAX)
        return refuse(fault, L"unknown state, intent or owed event");
    if (row->priority > QUEUE_PRIORITY_MAX)
        return refuse(fault, L"unknown priority");
    if (row->notify_flags & ~(uint32_t)QUEUE_NOTIFY_FLAGS_MASK)
        return refuse(fault, L"unknown notify flags");
    return S_OK;
}

HRESULT queue_row_check_file(const struct file_row *row, const wchar_t **fault)
{
    struct url_view view;
    if (row->number > QUEUE_FILE_NUMBER_MAX)
        return refuse(fault, L"file number too large");
    if (!text_fits(row->file_id, QUEUE_FILE_ID_MAX))
        return refuse(fault, L"file id too long");
    if (!text_is_empty(row->url) && !url_parse(row->url, &view))
        return refuse(fault, L"URL is not acceptable");
    if (!text_is_empty(row->local_path) && local_path_classify(row->local_path) == LOCAL_PATH_REFUSED)
        return refuse(fault, L"local name is not acceptable");
    if (row->wanted_count > QUEUE_RANGES_MAX)
        return refuse(fault, L"too many ranges");
    if (!row->wanted_count)
        return S_OK;
    HRESULT hr = range_layout_check(row->wanted, row->wanted_count);
    if (FAILED(hr) && hr != E_OUTOFMEMORY)
        return refuse(fault, L"ranges overlap or are out of bounds");
    return hr;
}

HRESULT queue_row_check_progress(const struct file_progress_row *row, const wchar_t **fault)
{
    if (row->number > QUEUE_FILE_NUMBER_MAX)
        return refuse(fault, L"file number too large");
    if (row->status > QUEUE_FILE_STATUS_MAX)
        return refuse(fault, L"unknown file status");
    if (!is_header_value(row->etag) || !is_header_value(row->last_modified))
        return refuse(fault, L"validator is no header value");
    if (row->have && row->have->count > QUEUE_RANGES_MAX)
        return refuse(fault, L"too many ranges");
    return S_OK;
}

HRESULT queue_row_check_property(const struct property_row *row, const wchar_t **fault)
{
    bool is_of_job = row->file == QUEUE_NO_FILE;
    if (!property_is_storable(row->id, is_of_job ? PROPERTY_OF_JOB : PROPERTY_OF_FILE, row->value, row->size))
        return refuse(fault, L"unknown property, or no value of it");
    return S_OK;
}

bool queue_row_progress_fits(const struct file_row *file, const struct file_progress_row *progress)
{
    uint64_t local_size;
    if (!progress->have->count)
        return true;
    if (FAILED(range_layout_local_size(file->wanted, file->wanted_count, progress->remote_total, &local_size)))
        return false;
    return local_size == SIZE_UNKNOWN || progress->have->items[progress->have->count - 1].end <= local_size;
}

static void put_u64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_u64(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

void queue_row_encode_wanted(const struct wanted_range *ranges, size_t count, uint8_t *blob)
{
    for (size_t i = 0; i < count; i++, blob += QUEUE_RANGE_BYTES) {
        put_u64(blob, ranges[i].offset);
        put_u64(blob + 8, ranges[i].length);
    }
}

void queue_row_encode_have(const struct range *ranges, size_t count, uint8_t *blob)
{
    for (size_t i = 0; i < count; i++, blob += QUEUE_RANGE_BYTES) {
        put_u64(blob, ranges[i].start);
        put_u64(blob + 8, ranges[i].end);
    }
}

void queue_row_decode_wanted(const uint8_t *blob, size_t size, struct wanted_range *ranges)
{
    for (size_t i = 0; i < size / QUEUE_RANGE_BYTES; i++, blob += QUEUE_RANGE_BYTES)
        ranges[i] = (struct wanted_range){get_u64(blob), get_u64(blob + 8)};
}

bool queue_row_decode_have(const uint8_t *blob, size_t size, struct range *ranges, uint64_t *total)
{
    *total = 0;
    for (size_t i = 0; i < size / QUEUE_RANGE_BYTES; i++, blob += QUEUE_RANGE_BYTES) {
        struct range range = {get_u64(blob), get_u64(blob + 8)};
        if (range.end <= range.start || (i && range.start <= ranges[i - 1].end))
            return false;
        ranges[i] = range;
        *total += range.end - range.start;
    }
    return true;
}
