/** The API's bodies under the names this client uses. */
import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type Me = Schemas["MeRead"];
export type Pin = Schemas["PinRead"];
export type PinStatus = Schemas["PinStatusRead"];
export type Device = Schemas["SessionRead"];

export type ApiToken = Schemas["ApiTokenRead"];
export type TokenWish = Schemas["ApiTokenCreate"];
export type Permission = Schemas["Permission"];

export type User = Schemas["UserRead"];
export type UserChange = Schemas["UserUpdate"];
export type UserStatus = Schemas["UserStatus"];
export type Role = Schemas["Role"];
export type Erasure = Schemas["ErasureRead"];
export type Policy = Schemas["PolicyRead"];
export type PolicyChange = Schemas["PolicyUpdate"];
export type Invitation = Schemas["InvitationRead"];
export type AuditEntry = Schemas["AuditRead"];

export type Integration = Schemas["IntegrationRead"];
export type IntegrationKind = Schemas["IntegrationKind"];
export type IntegrationDraft = Schemas["IntegrationCreate"];
export type IntegrationChange = Schemas["IntegrationUpdate"];
export type IntegrationTry = Schemas["IntegrationTest"];
export type IntegrationStep = Schemas["IntegrationTestStep"];

export type DeadLetter = Schemas["DeadLetterRead"];
export type Lane = Schemas["LaneRead"];
export type ReadinessCheck = Schemas["ReadinessCheck"];
export type PausedUser = Schemas["PausedDownloadUser"];

export type MediaSummary = Schemas["MediaSummary"];
export type MediaPage = Schemas["MediaPage"];
export type MediaDetail = Schemas["MediaDetail"];
export type Season = Schemas["SeasonRead"];
export type MediaType = Schemas["MediaType"];
export type Availability = MediaSummary["availability"];

export type MediaRequest = Schemas["RequestRead"];
export type RequestPage = Schemas["RequestPage"];
export type RequestStatus = Schemas["RequestStatus"];

export type LibraryItem = Schemas["LibraryItem"];

export type Preview = Schemas["DownloadPreview"];
export type PreviewEntry = Schemas["DownloadPreviewEntry"];
export type Download = Schemas["DownloadRead"];
export type DownloadPage = Schemas["DownloadList"];
export type Preset = Schemas["Preset"];
export type DownloadStatus = Download["status"];
export type DownloadItem = Schemas["ItemRead"];
export type ItemStatus = DownloadItem["status"];

export type DownloadOrder = Schemas["DownloadCreate"];
export type SponsorBlockCategory = Schemas["SponsorBlockCategory"];
export type Follow = Schemas["FollowRead"];
export type FollowOrder = Schemas["FollowCreate"];
export type FollowChange = Schemas["FollowUpdate"];

export type StatusDocument = Schemas["StatusRead"];
export type Service = Schemas["ServiceStateRead"];
export type Health = Schemas["ServiceHealth"];
export type Bucket = Schemas["StatusBucket"];
export type BucketHealth = Schemas["BucketHealth"];
export type Incident = Schemas["IncidentRead"];
export type Ability = Schemas["Ability"];
export type Abilities = Schemas["AbilitiesRead"];
export type Headline = Schemas["Headline"];

/** Whether an action is possible now, and if not, why. */
export interface Verdict {
  ok: boolean;
  because?: string | null;
}

/** How much of a rolling allowance is used. */
export interface Quota {
  used: number;
  limit?: number | null;
  resets_at?: string | null;
}
