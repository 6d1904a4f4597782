DROP TABLE public.bulk_job_items;
DROP TABLE public.bulk_jobs;
