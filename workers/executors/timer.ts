/** The longest delay that Node's timers take, 25 days; a longer one would fire at once. */
export const longestTimerMs = 2 ** 31 - 1;
