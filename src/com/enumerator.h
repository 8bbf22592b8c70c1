/* Enumerators: a cursor over an immutable, shared snapshot of interface pointers. Clones share the snapshot; a cursor may be moved by several threads at
 * once, each element then goes to one of them. */
#ifndef DOSVC_COM_ENUMERATOR_H
#define DOSVC_COM_ENUMERATOR_H

#include "object.h"

#include "deliveryoptimization.h"

struct snapshot;

/* Room for `capacity` elements, none in it yet. Returns new. */
HRESULT snapshot_create(size_t capacity, struct snapshot **snapshot);
/* Takes the element's reference. Only while nobody else knows the snapshot, and not beyond its capacity. */
void snapshot_append(struct snapshot *snapshot, IUnknown *element);
void snapshot_release(struct snapshot *snapshot);

/* Both borrow the snapshot and return new. Its elements are IBackgroundCopyFile and IBackgroundCopyJob pointers. */
HRESULT file_enumerator_create(struct snapshot *snapshot, IEnumBackgroundCopyFiles **enumerator);
HRESULT job_enumerator_create(struct snapshot *snapshot, IEnumBackgroundCopyJobs **enumerator);

#endif
