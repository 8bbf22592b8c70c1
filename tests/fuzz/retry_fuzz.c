/* Lines: base, longest, attempt, what the server asked for, random. The delay stays within its policy. */
#include "fuzz_input.h"
#include "retry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    struct retry_policy policy = {(uint32_t)fuzz_number(&input), (uint32_t)fuzz_number(&input)};
    uint32_t attempt = (uint32_t)fuzz_number(&input);
    uint64_t asked = fuzz_number(&input);
    uint32_t random = (uint32_t)fuzz_number(&input);
    uint64_t delay = retry_delay_ms(&policy, attempt, asked, random);
    uint64_t capped = asked < RETRY_AFTER_MAX_MS ? asked : RETRY_AFTER_MAX_MS;
    uint64_t spread = capped + capped / 4 < RETRY_AFTER_MAX_MS ? capped + capped / 4 : RETRY_AFTER_MAX_MS;
    uint64_t most = spread > policy.max_ms ? spread : policy.max_ms;
    FUZZ_CHECK(delay >= 1 && delay >= capped && (delay <= most || delay == 1));
    FUZZ_CHECK(retry_delay_ms(&policy, attempt, 0, 0) <= retry_delay_ms(&policy, attempt, 0, UINT32_MAX));
    return 0;
}
