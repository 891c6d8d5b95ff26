import { Save } from "lucide-react";

import { fileUrl } from "@/api/downloads";
import type { Download, DownloadItem } from "@/api/models";
import { Progress } from "@/components/progress";
import { StateWord } from "@/components/state";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import type { ItemProgress } from "@/lib/live/messages";
import { useProgress } from "@/lib/live/progress";
import { ITEM } from "@/lib/states";

import { LogEnd } from "./log-end";
import { itemLine } from "./words";

function ItemRow({ downloadId, item, live }: { downloadId: string; item: DownloadItem; live: ItemProgress | undefined }) {
  const line = itemLine(item, live);
  const share = live ? live.progress : item.progress;
  return (
    <li className="grid min-h-12 grid-cols-[minmax(0,1fr)_auto] items-center gap-3 py-2 [content-visibility:auto] [contain-intrinsic-size:auto_52px]">
      <div className="min-w-0">
        <p className="truncate text-sm font-medium">{item.title}</p>
        {item.status === "running" ? (
          <>
            <Progress share={share} label={item.title} text={line} className="my-1" />
            <p className="text-meta text-text-3">{line}</p>
          </>
        ) : (
          <p className="flex flex-wrap items-center gap-x-2 text-meta text-text-3">
            <StateWord look={ITEM[item.status]} className="text-meta" />
            {line !== ITEM[item.status].word && <span>{line}</span>}
          </p>
        )}
        <LogEnd log={item.log_tail} />
      </div>
      {item.file_name && (
        <Button asChild variant="quiet" size="icon">
          <a href={fileUrl(downloadId, item.id)} download aria-label={`Save the file of ${item.title}`}>
            <Save aria-hidden />
          </a>
        </Button>
      )}
    </li>
  );
}

export function ItemRows({ download, items, className }: { download: Download; items: DownloadItem[]; className?: string }) {
  const live = useProgress(download.id);
  return (
    <ul aria-label={`Videos of ${download.title}`} className={cn("divide-y divide-line", className)}>
      {items.map((item) => (
        <ItemRow key={item.id} downloadId={download.id} item={item} live={live.find((one) => one.item_id === item.id)} />
      ))}
    </ul>
  );
}
