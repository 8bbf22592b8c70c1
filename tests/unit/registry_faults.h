/* The system's registry behind struct registry_ops, with calls that fail on demand. One thread. */
#ifndef DOSVC_TESTS_REGISTRY_FAULTS_H
#define DOSVC_TESTS_REGISTRY_FAULTS_H

#include <stdbool.h>

#include "registry_edit.h"

extern const struct registry_ops registry_ops_faulty;

void registry_faults_off(void);
/* The n-th call from now (1 is the next) fails; or it and all after it. Closing a key never fails. */
void registry_faults_fail_once(unsigned int n, LSTATUS status);
void registry_faults_fail_from(unsigned int n, LSTATUS status);
/* Reading works, whatever writes gives ERROR_ACCESS_DENIED, as for a user who is no administrator. */
void registry_faults_deny_writes(void);
/* Has a call failed that would not have failed by itself? */
bool registry_faults_happened(void);
/* Keys opened and not closed. */
int registry_faults_open_keys(void);

#endif
