/* The first process of a pod: keeps it while somebody has use for it. */
#pragma once

/*
 * Reap what is left behind, until a session has left or, without a session, for `seconds`. So a pod whose client is gone
 * ends, whatever became of the client. 0 after a session, or 1.
 */
int hold(int seconds);

/* Let the first process know that this session begins, or ends. One that does not hold a pod is left alone. */
void hold_attend(void);
void hold_leave(void);
