/* A client's day with the engine, for tests in which the world fails or ends somewhere in it: two jobs are made, filled, changed, transferred (one file in
 * pieces), suspended and resumed in the middle; one is completed, the other one cancelled. A ledger keeps what each call was answered. Whatever
 * happened, the next host honours the ledger: that is what script_verify asserts. */
#ifndef ENGINE_SCRIPT_H
#define ENGINE_SCRIPT_H

#include "engine_fixture.h"

enum script_step {
    SCRIPT_CREATE,
    SCRIPT_ADD,
    SCRIPT_DESCRIBE,
    SCRIPT_PRIORITY,
    SCRIPT_FLAGS,
    SCRIPT_RETRY,   /* a number */
    SCRIPT_HEADERS, /* a text */
    SCRIPT_RESUME,
    SCRIPT_HALF, /* not a call: a part of the first file has come */
    SCRIPT_SUSPEND,
    SCRIPT_SETTLE, /* not a call: that part has been recorded */
    SCRIPT_CREATE_OTHER,
    SCRIPT_ADD_OTHER,
    SCRIPT_RESUME_OTHER,
    SCRIPT_ARRIVE_OTHER, /* not a call: it is transferred */
    SCRIPT_CANCEL_OTHER,
    SCRIPT_RESUME_AGAIN,
    SCRIPT_ARRIVE, /* not a call */
    SCRIPT_COMPLETE,
    SCRIPT_STEPS
};

/* Plain data: it may lie in memory that two processes share. */
struct script_ledger {
    uint8_t main_id[16], other_id[16];
    uint64_t settled_bytes; /* of the first file */
    uint32_t failures;      /* of calls and transfers, all of which were made good by a second try */
    HRESULT last_failure;
    bool begun[SCRIPT_STEPS], done[SCRIPT_STEPS];
};

/* Between fixture_prepare and the first start: what the server has, and what stands in the directory. */
void script_prepare(struct engine_fixture *fixture);
/* The server's part alone, for another process in the same directory. */
void script_serve(struct engine_fixture *fixture);
/* The engine runs. S_OK when the day came to its end. is_over (may be NULL) tells that nothing works any more: then the first failure ends the day.
 * Otherwise a call that fails is made once more, and its second failure is the answer. */
HRESULT script_run(struct engine_fixture *fixture, struct script_ledger *ledger, bool (*is_over)(void));
/* The engine is stopped and the world works. Starts a new host, asserts that it has what was acknowledged and nothing that was never begun, finishes the day,
 * and asserts that every byte is right and nothing is left over. `where` goes before the words of a failure. The engine is stopped again. */
void script_verify(struct engine_fixture *fixture, const struct script_ledger *ledger, const char *where);

/* Before the engine is stopped: lets go whoever waits for the server. */
void script_release(struct engine_fixture *fixture);

#endif
