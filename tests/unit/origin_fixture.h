/* A fresh origin for each test, and what its tests say most often. */
#ifndef ORIGIN_FIXTURE_H
#define ORIGIN_FIXTURE_H

#include "origin_client.h"

#include "origin.h"

#define WAIT_MS 30000u

/* The origin of the running test. A test that stops it sets it to NULL. */
extern struct origin *origin;
extern uint16_t port;

int origin_fixture_start(void **state);
int origin_fixture_stop(void **state);

#define ORIGIN_TEST(test) cmocka_unit_test_setup_teardown(test, origin_fixture_start, origin_fixture_stop)

/* That length bytes are those of /gen content with this seed from offset on. */
void assert_slice(const char *bytes, size_t length, uint64_t seed, uint64_t offset);

/* One header, "" for none, of the answer to a GET with "Range: bytes=2-5". */
void assert_header(const char *target, const char *name, const char *value);

/* The status of the answer to a GET with further header lines; 0 for no answer. */
void assert_status(const char *target, const char *headers, unsigned status);

#endif
