import { setTimeout as delay } from "node:timers/promises";
import { isDataError } from "@relink/db";

const AGAIN_MS = 500;

/**
 * Writes down what became of something that was sent. The database may be away for a moment: the answer is kept, and tried
 * again until it is stored.
 *
 * @param settle - may be called several times.
 * @param giveUpAt - when somebody else may have sent it again, by this process' monotonic clock in milliseconds.
 * @param onError - told of each failure that is not the last.
 * @throws what `settle` throws, once the time is over, and at once if the data cannot be stored as they are.
 */
export async function settlePatiently<Settled>(
  settle: () => Promise<Settled>,
  giveUpAt: number,
  onError: (error: unknown) => void,
): Promise<Settled> {
  for (;;) {
    try {
      return await settle();
    } catch (error) {
      if (isDataError(error) || performance.now() + AGAIN_MS > giveUpAt) throw error;
      onError(error);
      await delay(AGAIN_MS);
    }
  }
}
