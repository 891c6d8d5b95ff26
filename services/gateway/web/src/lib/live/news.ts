/** Counts of new rows that a list does not show yet: it never grows under the pointer. */
import { createStore } from "../store";

export interface News {
  requests: number;
}

export const newsStore = createStore<News>({ requests: 0 });

export function clearNews(of: keyof News) {
  newsStore.set((news) => (news[of] === 0 ? news : { ...news, [of]: 0 }));
}
