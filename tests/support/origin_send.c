#include "origin_send.h"

#include <stdio.h>
#include <string.h>

/* From here on a piece is sent from where it is; shorter ones share a send with the headers. */
#define DIRECT_SIZE 65536u

void origin_sender_mark(struct origin_sender *sender, uint64_t position, bool in_body, const char *gate)
{
    if (position == ORIGIN_NEVER || sender->mark_count == ORIGIN_MARKS_MAX)
        return;
    sender->marks[sender->mark_count++] = (struct origin_mark){.position = position, .in_body = in_body, .gate = gate};
}

static void sender_transmit(struct origin_sender *sender, const char *bytes, size_t length)
{
    if (sender->is_over || length == 0)
        return;
    struct origin_book *book = &sender->connection->origin->book;
    /* Counted first, so that whoever has received a byte finds it counted. */
    if (sender->ticket)
        origin_book_sent(book, sender->ticket, (int64_t)length);
    size_t sent = origin_connection_send(sender->connection, bytes, length);
    sender->sent += sent;
    if (sent < length) {
        sender->is_over = true;
        if (sender->ticket)
            origin_book_sent(book, sender->ticket, (int64_t)sent - (int64_t)length);
    }
}

static void sender_flush(struct origin_sender *sender)
{
    sender_transmit(sender, sender->connection->output, sender->buffered);
    sender->buffered = 0;
}

static void sender_act(struct origin_sender *sender, struct origin_mark *mark)
{
    mark->is_done = true;
    sender_flush(sender);
    if (sender->is_over)
        return;
    if (!mark->gate) {
        sender->is_over = true;
        sender->is_dropped = true;
        return;
    }
    HANDLE gate = origin_book_gate(&sender->connection->origin->book, mark->gate);
    sender->is_over = !gate || !origin_connection_hold(sender->connection, gate, ORIGIN_HOLD_LIMIT_MS);
}

/* Does what is due here. */
static void sender_pass_marks(struct origin_sender *sender)
{
    for (size_t i = 0; i < sender->mark_count && !sender->is_over; i++) {
        struct origin_mark *mark = &sender->marks[i];
        bool is_here =
            mark->in_body ? sender->is_in_body && mark->position == sender->body : mark->position == sender->wire;
        if (is_here && !mark->is_done)
            sender_act(sender, mark);
    }
}

/* As much of length as may go before the next mark of the body or of the whole. */
static uint64_t sender_limit(const struct origin_sender *sender, bool in_body, uint64_t length)
{
    uint64_t position = in_body ? sender->body : sender->wire;
    for (size_t i = 0; i < sender->mark_count; i++) {
        const struct origin_mark *mark = &sender->marks[i];
        if (mark->in_body == in_body && mark->position > position && mark->position - position < length)
            length = mark->position - position;
    }
    return length;
}

static void sender_put(struct origin_sender *sender, const char *bytes, size_t length)
{
    sender_pass_marks(sender);
    while (length > 0 && !sender->is_over) {
        size_t part = (size_t)sender_limit(sender, false, length);
        if (part >= DIRECT_SIZE) {
            sender_flush(sender);
            sender_transmit(sender, bytes, part);
        } else {
            if (part > ORIGIN_PIECE_SIZE - sender->buffered)
                sender_flush(sender);
            memcpy(sender->connection->output + sender->buffered, bytes, part);
            sender->buffered += part;
        }
        sender->wire += part;
        bytes += part;
        length -= part;
        /* Not after the last byte: there a mark of the body may come first, and the next part passes this place too. */
        if (length > 0)
            sender_pass_marks(sender);
    }
}

void origin_sender_headers(struct origin_sender *sender, const char *bytes, size_t length)
{
    sender_put(sender, bytes, length);
    sender->is_in_body = true;
}

/* One part of the body without a mark of the body inside, as a chunk of its own where they are in use. */
static void sender_put_part(struct origin_sender *sender, const char *bytes, size_t length)
{
    if (sender->is_chunked) {
        char size[24];
        int digits = snprintf(size, sizeof(size), "%zx\r\n", length);
        sender_put(sender, size, (size_t)digits);
    }
    sender_put(sender, bytes, length);
    if (sender->is_chunked)
        sender_put(sender, "\r\n", 2);
    sender->body += length;
}

void origin_sender_body(struct origin_sender *sender, const char *bytes, size_t length)
{
    sender_pass_marks(sender);
    while (length > 0 && !sender->is_over) {
        uint64_t part = sender_limit(sender, true, length);
        if (sender->trickle_bytes > 0) {
            uint64_t until_pause = sender->trickle_bytes - sender->body % sender->trickle_bytes;
            part = part < until_pause ? part : until_pause;
        }
        sender_put_part(sender, bytes, (size_t)part);
        bytes += part;
        length -= (size_t)part;
        sender_pass_marks(sender);

        if (sender->trickle_bytes > 0 && sender->body % sender->trickle_bytes == 0 && !sender->is_over) {
            sender_flush(sender);
            if (!origin_connection_hold(sender->connection, NULL, sender->trickle_ms))
                sender->is_over = true;
        }
    }
}

void origin_sender_content(struct origin_sender *sender, const struct origin_content *content, uint64_t offset,
                           uint64_t length)
{
    while (length > 0 && !sender->is_over) {
        size_t part = length < ORIGIN_PIECE_SIZE ? (size_t)length : ORIGIN_PIECE_SIZE;
        if (!origin_content_read(content, offset, sender->connection->piece, part)) {
            sender->is_over = true;
            return;
        }
        origin_sender_body(sender, sender->connection->piece, part);
        offset += part;
        length -= part;
    }
}

bool origin_sender_finish(struct origin_sender *sender)
{
    if (sender->is_chunked)
        sender_put(sender, "0\r\n\r\n", 5);
    sender_pass_marks(sender);
    sender_flush(sender);
    return !sender->is_over;
}
