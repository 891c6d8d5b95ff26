import { createFileRoute } from "@tanstack/react-router";

import { IntegrationsPage } from "@/features/admin/integrations-page";

export const Route = createFileRoute("/_app/admin/integrations")({ component: IntegrationsPage });
