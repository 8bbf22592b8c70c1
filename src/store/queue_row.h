/* What a row of the queue file may hold. The same checks stand before every write and after every read, so that what
 * was accepted is found again and nothing else is believed. Pure. */
#ifndef DOSVC_STORE_QUEUE_ROW_H
#define DOSVC_STORE_QUEUE_ROW_H

#include "queue_store.h"

#define QUEUE_RANGE_BYTES 16 /* of one range in a BLOB */

/* E_INVALIDARG with the reason in *fault (a literal), or E_OUTOFMEMORY. */
HRESULT queue_row_check_job(const struct job_row *row, const wchar_t **fault);
HRESULT queue_row_check_file(const struct file_row *row, const wchar_t **fault);
HRESULT queue_row_check_progress(const struct file_progress_row *row, const wchar_t **fault);
HRESULT queue_row_check_property(const struct property_row *row, const wchar_t **fault);
/* Does the progress belong to such a file? Known bytes never reach beyond the file's end. */
bool queue_row_progress_fits(const struct file_row *file, const struct file_progress_row *progress);

/* `blob` has room for count * QUEUE_RANGE_BYTES. */
void queue_row_encode_wanted(const struct wanted_range *ranges, size_t count, uint8_t *blob);
void queue_row_encode_have(const struct range *ranges, size_t count, uint8_t *blob);

/* `ranges` has room for size / QUEUE_RANGE_BYTES; size is a multiple of it. */
void queue_row_decode_wanted(const uint8_t *blob, size_t size, struct wanted_range *ranges);
/* False when the pairs are not sorted, touch or are empty. *total: the bytes in the set. */
bool queue_row_decode_have(const uint8_t *blob, size_t size, struct range *ranges, uint64_t *total);

#endif
