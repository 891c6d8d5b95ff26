/** What can be done with a request, shown as done at once and taken back with the reason if it was refused. */
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { mediaKeys } from "@/api/media";
import type { MediaRequest, RequestStatus } from "@/api/models";
import { approveRequest, cancelRequest, declineRequest, requestKeys, retryRequest } from "@/api/requests";
import { changePages, type RequestList } from "@/lib/live/reducer";
import { asProblem } from "@/lib/problem";
import { toast } from "@/lib/toast";

function show(client: QueryClient, id: string, status: RequestStatus) {
  const put = (row: MediaRequest) => (row.id === id ? { ...row, status } : row);
  client.setQueriesData<RequestList>({ queryKey: requestKeys.lists }, (list) => list && changePages(list, put));
  client.setQueryData<MediaRequest>(requestKeys.detail(id), (one) => one && put(one));
}

function reread(client: QueryClient) {
  void client.invalidateQueries({ queryKey: requestKeys.all });
  void client.invalidateQueries({ queryKey: mediaKeys.all });
}

interface Deed {
  act: (request: MediaRequest) => Promise<unknown>;
  shows: RequestStatus;
  says: (request: MediaRequest) => string;
}

function useDeed({ act, shows, says }: Deed) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onMutate: (request) => show(client, request.id, shows),
    onSuccess: (_answer, request) => toast(says(request), { tone: "good" }),
    onError: (error, request) => {
      show(client, request.id, request.status);
      toast(asProblem(error).detail, { tone: "bad" });
    },
    onSettled: () => reread(client),
  });
}

export const useApprove = () =>
  useDeed({ act: (request) => approveRequest(request.id), shows: "approved", says: ({ title }) => `Approved: ${title}.` });

export const useCancel = () =>
  useDeed({ act: (request) => cancelRequest(request.id), shows: "cancelled", says: ({ title }) => `Cancelled: ${title}.` });

export const useRetry = () =>
  useDeed({ act: (request) => retryRequest(request.id), shows: "approved", says: ({ title }) => `Trying again: ${title}.` });

/** Declining is not shown before it is done: it cannot be taken back. */
export function useDecline() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ request, reason }: { request: MediaRequest; reason: string }) => declineRequest(request.id, reason),
    onSuccess: (_answer, { request }) => toast(`Declined: ${request.title}.`),
    onSettled: () => reread(client),
  });
}
