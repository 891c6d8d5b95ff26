/** What can be done with a download. Pausing shows at once; deleting only when it is done. */
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { cancelDownload, deleteDownload, downloadKeys, downloadOptions, fileUrl, pauseDownload, resumeDownload, retryDownload } from "@/api/downloads";
import { libraryKeys } from "@/api/library";
import type { Download, DownloadStatus } from "@/api/models";
import { changePages, type DownloadList } from "@/lib/live/reducer";
import { progressBoard } from "@/lib/live/progress";
import { asProblem } from "@/lib/problem";
import { toast } from "@/lib/toast";

function show(client: QueryClient, id: string, status: DownloadStatus) {
  const put = (row: Download) => (row.id === id ? { ...row, status } : row);
  client.setQueriesData<DownloadList>({ queryKey: downloadKeys.lists }, (list) => list && changePages(list, put));
  client.setQueryData<Download>(downloadKeys.detail(id), (one) => one && put(one));
}

function useDeed(act: (id: string) => Promise<unknown>, shows: DownloadStatus) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (download: Download) => act(download.id),
    onMutate: (download) => {
      show(client, download.id, shows);
      if (shows !== "running") progressBoard.dropDownload(download.id);
    },
    onError: (error, download) => {
      show(client, download.id, download.status);
      toast(asProblem(error).detail, { tone: "bad" });
    },
    onSettled: () => void client.invalidateQueries({ queryKey: downloadKeys.all }),
  });
}

export const usePause = () => useDeed(pauseDownload, "paused");
export const useResume = () => useDeed(resumeDownload, "queued");
export const useCancel = () => useDeed(cancelDownload, "cancelled");
export const useRetry = () => useDeed(retryDownload, "queued");

export function useDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (download: Download) => deleteDownload(download.id),
    onSuccess: (_answer, { title }) => toast(`Deleted: ${title}.`),
    onError: (error) => toast(asProblem(error).detail, { tone: "bad" }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: downloadKeys.all });
      void client.invalidateQueries({ queryKey: libraryKeys.all });
    },
  });
}

/** Save the file of a download that is one video; lists do not hold what its item is called. */
export async function saveFile(client: QueryClient, download: Download) {
  try {
    const { items } = await client.fetchQuery(downloadOptions(download.id));
    const item = items?.find((one) => one.file_name !== null);
    if (item) window.location.assign(fileUrl(download.id, item.id));
    else toast("There is no file any more.", { tone: "bad" });
  } catch (error) {
    toast(asProblem(error).detail, { tone: "bad" });
  }
}
