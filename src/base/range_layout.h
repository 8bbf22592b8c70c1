/* The ranges of a remote file that a caller asked for, and how they lie in the local file: one after another, in the caller's order.
 * A file without wanted ranges is one range from 0 to the end. Pure. */
#ifndef DOSVC_BASE_RANGE_LAYOUT_H
#define DOSVC_BASE_RANGE_LAYOUT_H

#include "hresult.h"

#define RANGE_TO_END UINT64_MAX /* a length: up to the end of the remote file (BG_LENGTH_TO_EOF, DO_LENGTH_TO_EOF) */
#define SIZE_UNKNOWN UINT64_MAX /* a size that nobody knows yet (BG_SIZE_UNKNOWN, DO_UNKNOWN_FILE_SIZE) */

struct wanted_range {
    uint64_t offset; /* in the remote file */
    uint64_t length; /* bytes, or RANGE_TO_END */
};

/* S_OK, DO_E_OVERLAPPING_RANGES or DO_E_INVALID_RANGE, overlap tested first on a copy sorted by offset (docs/API.md, "Ranges"):
 * a shared byte, a duplicate, anything at or above the start of a to-end range, a zero length at a covered offset overlap; otherwise
 * length 0, offset RANGE_TO_END and offset + length overflowing are invalid. E_OUTOFMEMORY. */
HRESULT range_layout_check(const struct wanted_range *ranges, size_t count);

/* The bytes of the local file: the sum of the lengths, to-end lengths resolved by `remote_size`. SIZE_UNKNOWN while that is unknown and
 * needed. count 0: remote_size itself. Once remote_size is known, a range that reaches beyond it, or starts at or beyond it, fails with
 * DO_E_INVALID_RANGE; count 0 never fails. */
HRESULT range_layout_local_size(const struct wanted_range *ranges, size_t count, uint64_t remote_size,
                                uint64_t *local_size);

/* Where local byte `local_offset` comes from: its remote offset, and how many bytes from there on lie side by side in both files (SIZE_UNKNOWN:
 * to the unknown end). False when local_offset lies at or beyond the end. remote_size may be SIZE_UNKNOWN. */
bool range_layout_locate(const struct wanted_range *ranges, size_t count, uint64_t remote_size, uint64_t local_offset,
                         uint64_t *remote_offset, uint64_t *run);

#endif
