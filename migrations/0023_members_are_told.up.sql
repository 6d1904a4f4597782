-- Before there were invitations, people were made members without being asked. Each of them who is
-- still there is told once, and where to leave; what they chose about notifications is for later
-- news. Whoever accepted an invitation knows.

INSERT INTO public.notifications (user_id, category, severity, title, text, link, dedupe_key, in_app)
SELECT member.user_id, 'system_alerts', 'info',
  format('You belong to “%s”', organization.name),
  'You were made a member before people were asked. What the organization sets applies to you, and '
    'its owners and admins see what you make as a member. Nobody becomes a member without having '
    'accepted an invitation any more. If you do not want to belong to it, leave it there.',
  '/organization/members', format('membership:%s:told', organization.id), true
FROM public.organization_members AS member
JOIN public.organizations AS organization ON organization.id = member.organization_id
JOIN auth.users AS person ON person.id = member.user_id AND person.disabled_at IS NULL
WHERE member.role <> 'owner' AND NOT EXISTS (
  SELECT FROM public.invitations AS invitation
  WHERE invitation.organization_id = member.organization_id AND invitation.state = 'accepted'
    AND lower(invitation.address) = lower(person.email))
ON CONFLICT (user_id, dedupe_key) DO NOTHING;
