/* The numbers that were measured rather than decided, and that another system would have otherwise: these are right for Wine 8 on two processors
 * (docs/PERFORMANCE.md says how they were found). What Wine's WinHTTP forces on us stands in http_wine.h. */
#ifndef DOSVC_BASE_TUNING_H
#define DOSVC_BASE_TUNING_H

/* One request asks for at most so much. Small enough that a priority counts soon and a broken connection costs little, large enough that requests cost nothing. */
#define SEGMENT_BYTES (16ull * 1024 * 1024)

/* Wine reads through 8 KiB and two calls of its server, whatever the program asks for: the number of connections is what counts, and from here on more of them to
 * one server bring nothing. Windows needs fewer. */
#define HOST_FLIGHTS_MAX 8

/* Of all servers together. */
#define WORKER_POOL_SIZE 16

/* A server without ranges: what the caller wants is cut out of files up to this size. The setting RangeCutMiB overrides it. */
#define RANGE_CUT_MIB 64u

/* From the network straight to the file; larger ones are no faster. */
#define TRANSFER_BUFFER_BYTES (64u * 1024)

/* A body of unknown length that no range can confirm is fetched a second time, to see whether it was cut off, up to this size. */
#define TRANSFER_CONFIRM_BYTES (64ull * 1024 * 1024)

/* Nothing came for so long: the request is given up, and asked for again. The setting ReceiveTimeoutMs overrides it. */
#define TRANSFER_RECEIVE_TIMEOUT_MS 30000u

/* The same in a body that cannot be continued, where that costs all its bytes: long enough for a server that stops to think and for a network that is away for a
 * moment, short enough that connections which died without a word do not keep the workers, and the module, from everything else. */
#define TRANSFER_WHOLE_TIMEOUT_MS 300000u

#endif
