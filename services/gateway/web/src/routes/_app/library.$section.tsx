import { createFileRoute } from "@tanstack/react-router";

import { itemsOptions, sectionsOptions } from "@/api/library";
import { SectionPage } from "@/features/library/library-page";

export const Route = createFileRoute("/_app/library/$section")({
  loader: ({ context: { queryClient }, params }) => {
    void queryClient.prefetchQuery(sectionsOptions);
    void queryClient.prefetchInfiniteQuery(itemsOptions(params.section));
  },
  component: Section,
});

function Section() {
  const { section } = Route.useParams();
  return <SectionPage key={section} section={section} />;
}
