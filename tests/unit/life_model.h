/* What becomes of a job, as small as it can be said: a model to compare the engine with. It knows one server that does the same to all files. */
#ifndef LIFE_MODEL_H
#define LIFE_MODEL_H

#include "clock.h"
#include "job_state.h"

#define FILES              3 /* of a job, at most */
#define FILE_SIZE          50000u
#define BYTES_BEFORE_STALL 100u
enum server { SERVER_WELL, SERVER_BUSY, SERVER_WITHOUT_FILES, SERVER_STALLED };
struct model {
    struct clock *clock;
    enum job_state state;
    unsigned files;
    struct model_file {
        bool is_there, is_coming; /* transferred; a request is under way */
        uint64_t bytes;           /* of one that is not there */
    } file[FILES];
    HRESULT error; /* S_OK: none */
    uint32_t error_count;
    uint64_t creation, modification, completion; /* UTC */
    enum server server;
    uint64_t born, waited; /* clock time; milliseconds in TRANSIENT_ERROR */
};
extern struct model model;

/* Another state, or the same anew: ModificationTime is now. */
void model_enter(enum job_state state);
/* With an error, which counts. */
void model_fail(enum job_state state, HRESULT error);
/* What becomes of the job if it may run: all that happens until nothing more does. */
void model_run(void);

unsigned model_count(void); /* files that are there */
uint64_t model_bytes(void);
bool model_is_dead(void);

#endif
