/* A job whose files get the place for their bytes by properties: a job of IDeliveryOptimizationJob2, its last file, and a client's stream. */
#ifndef DELIVERY_FIXTURE_H
#define DELIVERY_FIXTURE_H

#include "recording_stream.h"
#include "test_environment.h"

#define SIZE 500000u
#define GATE 196608u

struct delivery_fixture {
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    IDeliveryOptimizationJob2 *job2;
    IDeliveryOptimizationFile2 *file; /* the one that was added last */
    struct recording_stream stream;
    HANDLE gate;
};
extern struct delivery_fixture delivery;

/* Set-up and tear-down, which also sees that nobody holds the stream any more. */
int delivery_open_job(void **state);
int delivery_close_job(void **state);
#define DELIVERY_TEST(function) cmocka_unit_test_setup_teardown(function, delivery_open_job, delivery_close_job)

void delivery_add(const struct memory_resource *resource);
void delivery_release_file(void);
/* Ends the host and finds the job, and its first file, in the next one. */
void delivery_restart(void);
bool delivery_is_stream_free(void *context);

/* Properties of the last file. */
HRESULT delivery_set(DOFilePropertyId id, VARIANT value);
HRESULT delivery_set_text(DOFilePropertyId id, const WCHAR *text);
HRESULT delivery_set_stream(struct recording_stream *target);
HRESULT delivery_get(DOFilePropertyId id, VARIANT *value); /* the caller clears it */
HRESULT delivery_try_get(DOFilePropertyId id);
VARIANT delivery_of_bool(VARIANT_BOOL flag);
VARIANT delivery_of_size(UINT64 size);
VARIANT delivery_of_unknown(void *object);

#endif
