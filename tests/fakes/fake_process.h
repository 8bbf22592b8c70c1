/* Programs that run until the test ends them. Thread-safe. */
#ifndef FAKE_PROCESS_H
#define FAKE_PROCESS_H

#include "process.h"

#define FAKE_PROCESSES 64

struct fake_processes {
    struct process_ops ops; /* what the code under test gets */
    struct lock lock;
    HRESULT refusal; /* not S_OK: no program can be started */
    struct fake_process {
        char16_t program[64];
        char16_t command_line[64]; /* "(none)" without one */
        struct signal *on_exit;
        bool has_ended, is_released;
        uint32_t exit_code;
    } items[FAKE_PROCESSES];
    volatile long started, released; /* attempts that were refused count as started */
};

void fake_processes_init(struct fake_processes *fake);
/* Ends the program that was started as the `number`th, from 0. */
void fake_process_end(struct fake_processes *fake, unsigned number, uint32_t exit_code);

#endif
