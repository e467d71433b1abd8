/**
 * How Node runs the process of a trial. TensorFlow.js makes about a megabyte of small objects a step; collecting them on helper threads
 * takes the cores from the trials beside it, and a larger nursery is collected less often.
 */
export const trialFlags: readonly string[] = [
  '--single-threaded-gc',
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
];
