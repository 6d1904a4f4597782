GRANT INSERT ON public.organization_members TO authenticated;
DELETE FROM public.notification_outbox WHERE invitation_id IS NOT NULL;
ALTER TABLE public.notification_outbox
  DROP CONSTRAINT notification_outbox_subject_check,
  DROP COLUMN invitation_id,
  ALTER COLUMN notification_id SET NOT NULL,
  ALTER COLUMN user_id SET NOT NULL;
COMMENT ON TABLE public.notification_outbox IS
  'Mail on its way: one row for each notification that goes to its person by mail.';
DROP TRIGGER withdraw_invitations ON public.organization_members;
DROP FUNCTION public.withdraw_invitations();
DROP TABLE public.invitations;
