/** Does a thing once per key, for all who ask; after a failure it may be tried again. */
export async function once<Result>(
  done: Map<string, Promise<Result>>,
  key: string,
  act: () => Promise<Result>,
): Promise<Result> {
  const result = done.get(key) ?? act();
  done.set(key, result);
  try {
    return await result;
  } catch (error) {
    if (done.get(key) === result) done.delete(key);
    throw error;
  }
}
