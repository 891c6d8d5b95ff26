import { createFileRoute } from "@tanstack/react-router";

import { AccessPage } from "@/features/admin/access-page";

export const Route = createFileRoute("/_app/admin/access")({ component: AccessPage });
